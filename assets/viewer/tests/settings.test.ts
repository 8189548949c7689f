import { beforeEach, describe, expect, it, vi } from "vitest";

import type { SeriesData } from "../src/data";
import { windowKey } from "../src/settings";
import { TabState } from "../src/tab_state";

const series = {
  uid: "1.2.840.99", name: "Sagittal T2", description: "Doe^Jane", address: "pixels/aaaabbbbccccdddd0123456789abcdef",
} as SeriesData;

let storage: Map<string, string>;

beforeEach(() => {
  storage = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
  });
});

describe("the state of a tab", () => {
  it("finds layout, map style and windows again after a reload", () => {
    const tab = new TabState();
    tab.layout = 4;
    tab.mapStyle.opacity = 0.8;
    tab.zoomedToRegion = false;
    tab.windows.set(series.uid, { lower: 10, upper: 20 });
    tab.store([series]);
    const reloaded = new TabState();
    reloaded.openStudy("study", []);
    reloaded.recallWindows([series]);
    expect(reloaded.layout).toBe(4);
    expect(reloaded.mapStyle).toEqual({ opacity: 0.8, threshold: 0.2 });
    expect(reloaded.zoomedToRegion).toBe(false);
    expect(reloaded.windows.get(series.uid)).toEqual({ lower: 10, upper: 20 });
  });

  it("stores no identifier, name or description", () => {
    const tab = new TabState();
    tab.openStudy("study-hash", [{ series: series.uid, slice: 1, note: "note on Doe" }]);
    tab.windows.set(series.uid, { lower: 10, upper: 20 });
    tab.store([series]);
    const stored = [...storage.values()].join();
    expect(JSON.parse(stored).windows).toEqual({ "0123456789abcdef": { lower: 10, upper: 20 } });
    for (const secret of [series.uid, series.name, "Doe", "study-hash"]) expect(stored).not.toContain(secret);
  });

  it("keeps the layout over studies, and neither windows nor slices nor key images", () => {
    const tab = new TabState();
    tab.openStudy("first", [{ series: series.uid, slice: 1, note: "" }]);
    tab.layout = 2;
    tab.slices[series.uid] = 7;
    tab.windows.set(series.uid, { lower: 10, upper: 20 });
    tab.store([series]);
    tab.openStudy("second", []);
    tab.recallWindows([series]);
    expect([tab.layout, tab.slices, tab.keyImages, tab.windows.size]).toEqual([2, {}, [], 0]);
  });

  it("starts anew where the browser blocks or spoils its storage", () => {
    storage.set("spinelens-viewer", "{broken");
    expect(new TabState().layout).toBeNull();
    vi.stubGlobal("sessionStorage", { getItem: () => { throw new Error("blocked"); }, setItem: () => { throw new Error("full"); } });
    const tab = new TabState();
    expect(() => tab.store([])).not.toThrow();
    expect(tab.mapStyle).toEqual({ opacity: 0.55, threshold: 0.2 });
  });

  it("names a window by a part of the address", () => {
    expect(windowKey(series)).toBe("0123456789abcdef");
  });
});
