import { beforeEach, describe, expect, it, vi } from "vitest";

const { made, destroyed } = vi.hoisted(() => ({ made: [] as FakeSynchronizer[], destroyed: [] as string[] }));

interface FakeSynchronizer { id: string; viewports: string[]; enabled: boolean }

vi.mock("@cornerstonejs/tools", () => {
  const create = (id: string) => {
    const one: FakeSynchronizer = { id, viewports: [], enabled: true };
    made.push(one);
    return {
      id,
      add: ({ viewportId }: { viewportId: string }) => one.viewports.push(viewportId),
      remove: ({ viewportId }: { viewportId: string }) => one.viewports.splice(one.viewports.indexOf(viewportId), 1),
      getSourceViewports: () => one.viewports.map((viewportId) => ({ viewportId })),
      setEnabled: (enabled: boolean) => { one.enabled = enabled; },
    };
  };
  return {
    synchronizers: { createImageSliceSynchronizer: create, createCameraPositionSynchronizer: create, createVOISynchronizer: create },
    SynchronizerManager: { destroySynchronizer: (id: string) => destroyed.push(id) },
  };
});
vi.mock("../src/engine", () => ({ ENGINE_ID: "engine" }));

import { Links } from "../src/links";
import type { Pane } from "../src/pane";

const pane = (id: string, frame: string | null) => ({ id, series: frame === null ? null : { frame } }) as unknown as Pane;

beforeEach(() => {
  made.length = destroyed.length = 0;
});

describe("links between panes", () => {
  it("join slice, camera and window of panes that share a frame of reference, and no others", () => {
    new Links("v").link([pane("a", "1.2"), pane("b", "3.4"), pane("c", "1.2"), pane("d", null)], "view");
    expect(made.map(({ id, viewports }) => [id, viewports])).toEqual([
      ["v-slice-1.2", ["a", "c"]], ["v-camera-1.2", ["a", "c"]], ["v-voi-1.2", ["a", "c"]],
    ]);
  });

  it("join the slice alone, or nothing, where less is shared", () => {
    const links = new Links("v");
    links.link([pane("a", "1.2"), pane("b", "1.2")], "position");
    expect(made.map(({ id }) => id)).toEqual(["v-slice-1.2"]);
    links.link([pane("a", "1.2"), pane("b", "1.2")], "none");
    expect(made).toHaveLength(1);
    expect(made[0].viewports).toEqual([]);
    expect(destroyed).toEqual(["v-slice-1.2"]);
  });

  it("keep their synchronizers where the same panes are linked again", () => {
    const links = new Links("v");
    const panes = [pane("a", "1.2"), pane("b", "1.2")];
    links.link(panes, "view");
    links.link(panes, "view");
    expect(made).toHaveLength(3);
    expect(destroyed).toEqual([]);
  });

  it("rest between pause and link", () => {
    const links = new Links("v");
    const panes = [pane("a", "1.2"), pane("b", "1.2")];
    links.link(panes, "position");
    links.pause();
    expect(made[0].enabled).toBe(false);
    links.link(panes, "position");
    expect(made[0].enabled).toBe(true);
  });

  it("let go of every pane when a series of another frame comes", () => {
    const links = new Links("v");
    links.link([pane("a", "1.2"), pane("b", "1.2"), pane("c", "1.2")], "position");
    links.link([pane("a", "1.2"), pane("b", "9.9"), pane("c", "1.2")], "position");
    expect(made.map(({ viewports }) => viewports)).toEqual([[], ["a", "c"]]);
  });
});
