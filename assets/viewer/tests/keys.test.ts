import { describe, expect, it, vi } from "vitest";

import type { Commands } from "../src/commands";
import { KEY_BINDINGS, runKey } from "../src/keys";
import { LEFT_TOOLS } from "../src/left_tools";

interface Options { shift?: boolean; ctrl?: boolean; tag?: string; inside?: string[] }

function pressed(key: string, { shift = false, ctrl = false, tag = "DIV", inside = [] }: Options = {}) {
  const target = { tagName: tag, closest: (selector: string) => (inside.some((one) => selector.includes(one)) ? {} : null) };
  return {
    key, shiftKey: shift, ctrlKey: ctrl, metaKey: false, altKey: false,
    composedPath: () => [target] as unknown as EventTarget[],
  };
}

function fake() {
  const camera = { zoom: vi.fn(), pan: vi.fn(), fit: vi.fn(), oneToOne: vi.fn(), rotate: vi.fn(), flip: vi.fn() };
  const active = { scroll: vi.fn(), goTo: vi.fn(), invert: vi.fn(), camera };
  const commands = {
    active, chooseTool: vi.fn(), preset: vi.fn(), arrange: vi.fn(), enlarge: vi.fn(), fillWindow: vi.fn(),
    leaveEnlarged: vi.fn(() => true), toggle: vi.fn(), zoomToRegion: vi.fn(), playOrStop: vi.fn(), markKeyImage: vi.fn(),
    compareMaps: vi.fn(), setSwipe: vi.fn(), setMapStyle: vi.fn(), removeMeasurements: vi.fn(), help: vi.fn(),
  };
  return { active, commands, run: (...all: Parameters<typeof pressed>) => runKey(commands as unknown as Commands, pressed(...all)) };
}

describe("keys", () => {
  it.each([["ArrowUp", -1], ["ArrowLeft", -1], ["ArrowDown", 1], ["ArrowRight", 1], ["PageUp", -5], ["PageDown", 5]])(
    "%s scrolls by %d", (key, by) => {
      const { active, run } = fake();
      expect(run(key)).toBe(true);
      expect(active.scroll.mock.calls).toEqual([[by]]);
    });

  it("pan with Shift and an arrow, in the arrow's direction of the camera", () => {
    const { active, run } = fake();
    for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) run(key, { shift: true });
    expect(active.camera.pan.mock.calls.map((call) => call.map((value) => value + 0))).toEqual([[0, 40], [0, -40], [40, 0], [-40, 0]]);
    expect(active.scroll).not.toHaveBeenCalled();
  });

  it("mean the same as capitals", () => {
    const { active, run } = fake();
    run("F", { shift: true });
    expect(active.camera.fit).toHaveBeenCalledOnce();
  });

  it("choose layouts by number and tools by letter", () => {
    const { commands, run } = fake();
    expect(run("3")).toBe(true);
    expect(run("d")).toBe(true);
    expect(commands.arrange.mock.calls).toEqual([[3]]);
    expect(commands.chooseTool.mock.calls).toEqual([["length"]]);
  });

  it("fill the window and leave it; Escape stays with the browser where nothing is enlarged", () => {
    const { commands, run } = fake();
    expect(run("m")).toBe(true);
    expect(commands.fillWindow).toHaveBeenCalledOnce();
    expect(run("Escape")).toBe(true);
    commands.leaveEnlarged.mockReturnValue(false);
    expect(run("Escape")).toBe(false);
  });

  it.each(["INPUT", "SELECT", "TEXTAREA"])("typed into %s are left alone", (tag) => {
    const { commands, run } = fake();
    expect(run("k", { tag })).toBe(false);
    expect(commands.markKeyImage).not.toHaveBeenCalled();
  });

  it("with Ctrl, in a dialog, and Enter on a button are left alone", () => {
    const { active, commands, run } = fake();
    expect(run("f", { ctrl: true })).toBe(false);
    expect(run("Escape", { inside: ["dialog"] })).toBe(false);
    expect(run("Enter", { inside: ["button"] })).toBe(false);
    expect(active.camera.fit).not.toHaveBeenCalled();
    expect(commands.enlarge).not.toHaveBeenCalled();
    expect(run("ArrowUp", { inside: ["button"] })).toBe(true);
  });

  it("without a meaning are left alone", () => {
    expect(fake().run("q")).toBe(false);
  });

  it("have one meaning each", () => {
    const keys = [...KEY_BINDINGS.flatMap(({ keys: all }) => all), ...Object.values(LEFT_TOOLS).map(({ key }) => key)];
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });
});
