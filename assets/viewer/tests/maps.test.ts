import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { MapData } from "../src/data";
import { toColours } from "../src/map_layer";
import { mapEdge, MapOverlay } from "../src/map_overlay";

/** Colour i is (i, 0, 255 - i). */
const colours = Array.from({ length: 256 }, (_, i) => `#${hex(i)}00${hex(255 - i)}`);

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function pixels(rgba: Uint8ClampedArray): number[][] {
  return Array.from({ length: rgba.length / 4 }, (_, i) => [...rgba.slice(4 * i, 4 * i + 4)]);
}

const NOTHING = [0, 0, 0, 0];

describe("colours of a map", () => {
  it("run from the lowest to the highest value where relevance has no sign", () => {
    const map = { scale: 2, signed: false, colours };
    // 0.5 / 2 = 0.25 -> colour 64; 2 / 2 = 1 -> colour 255; 9 is beyond the scale; below 0 nothing is shown.
    expect(pixels(toColours(map, new Float32Array([0.5, 2, 9, -1]), 0))).toEqual([
      [64, 0, 191, 255], [255, 0, 0, 255], [255, 0, 0, 255], NOTHING,
    ]);
  });

  it("have zero in the middle where relevance has a sign", () => {
    const map = { scale: 2, signed: true, colours };
    // (-1 + 1) / 2 = 0 -> colour 0; (0.5 + 1) / 2 = 0.75 -> colour 192.
    expect(pixels(toColours(map, new Float32Array([-2, 1, -7]), 0))).toEqual([[0, 0, 255, 255], [192, 0, 63, 255], [0, 0, 255, 255]]);
  });

  it("leave out what is zero, not a number, or under the threshold on either side", () => {
    const map = { scale: 1, signed: true, colours };
    const [under, against, at, zero, nan] = pixels(toColours(map, new Float32Array([0.4, -0.4, 0.5, 0, NaN]), 0.5));
    expect([under, against, zero, nan]).toEqual([NOTHING, NOTHING, NOTHING, NOTHING]);
    expect(at[3]).toBe(255);
  });

  it("are absent from an empty map", () => {
    expect(pixels(toColours({ scale: 0, signed: true, colours }, new Float32Array([1]), 0))).toEqual([NOTHING]);
  });
});

describe("two maps in one pane", () => {
  it("meet where the swipe is", () => {
    expect(mapEdge(400, { swipe: 0.25, blinked: false }, true)).toBe(100);
  });

  it("take turns in a blink", () => {
    expect(mapEdge(400, { swipe: null, blinked: false }, true)).toBe(400);
    expect(mapEdge(400, { swipe: null, blinked: true }, true)).toBe(0);
  });

  it("leave the whole pane to a map without a second", () => {
    expect(mapEdge(400, { swipe: 0.25, blinked: true }, false)).toBe(400);
  });
});

describe("the map of a pane", () => {
  const blinded: MapData = {
    name: "Map A", address: "pixels/1", slice: 0, frame: [1, 0, 0, 0, 1, 0], rows: 1, columns: 1, signed: false, scale: 1,
    target: "", colours,
  };

  beforeEach(() => {
    const element = () => ({ style: {}, append() {}, replaceChildren() {}, setAttribute() {} });
    vi.stubGlobal("document", { createElement: element, baseURI: "http://localhost/" });
    vi.stubGlobal("fetch", async () => new Response(new Float32Array([1]).buffer));
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("takes a new name and scale although its values stay", () => {
    const overlay = new MapOverlay(() => {});
    overlay.show(blinded, null);
    overlay.show({ ...blinded, name: "Grad-CAM", signed: true }, null);
    expect(overlay.on(0)?.map).toMatchObject({ name: "Grad-CAM", signed: true });
  });

  it("is kept where nothing about it changed", () => {
    const overlay = new MapOverlay(() => {});
    overlay.show(blinded, null);
    const before = overlay.on(0);
    overlay.show({ ...blinded }, null);
    expect(overlay.on(0)).toBe(before);
  });
});
