import { describe, expect, it } from "vitest";

import type { SeriesData } from "../src/data";
import { runEditKey } from "../src/edit_keys";
import { changedParts, fill, loopsOf, matched, partsOf } from "../src/label_contours";
import { labelPaths } from "../src/label_drawing";
import { LabelMap } from "../src/label_map";
import { writeStructure } from "../src/label_writing";
import { OutlineState } from "../src/outline_state";
import { decode, encode } from "../src/run_length";
import { gaps } from "../src/slice_interpolation";

/** Labels from a picture: a digit per pixel, dots for 0. */
const picture = (...rows: string[]) => Uint8Array.from(rows.join("").replace(/\./g, "0"), Number);

describe("run lengths", () => {
  it("are outside and inside in turn, row by row, as in Python", () => {
    expect(encode(picture(".11", "1.."), 1)).toEqual([1, 3, 2]);
    expect(encode(picture("1..", ".11"), 1)).toEqual([0, 1, 3, 2]);
    expect(encode(picture("2..", ".22"), 1)).toEqual([6]);
  });

  it("give the mask back", () => {
    const labels = new Uint8Array(6);
    decode([1, 3, 2], 2, labels);
    expect([...labels]).toEqual([0, 2, 2, 2, 0, 0]);
    expect(() => decode([1, 3], 2, labels)).toThrow("runs of 4 pixels for a slice of 6");
  });
});

const RING = picture(
  "........",
  ".11111..",
  ".1...1..",
  ".1.1.11.",
  ".11111..",
  "........",
  "...1....",
  "..1.....",
);

describe("contours of labels", () => {
  it("go through the middle between inside and outside", () => {
    expect(loopsOf(picture("...", ".1.", "..."), 3, 1)).toEqual([[[0.5, 1], [1, 1.5], [1.5, 1], [1, 0.5]]]);
  });

  it("have a loop for every part and every hole, and give exactly these pixels back", () => {
    const loops = loopsOf(RING, 8, 1);
    expect(loops).toHaveLength(4);
    const inside = fill(loops, 8, 8);
    expect([...inside].sort((a, b) => a - b)).toEqual([...RING].flatMap((label, i) => (label === 1 ? [i] : [])));
  });

  it("end at the edge of the slice", () => {
    const whole = picture("11", "11");
    expect([...fill(loopsOf(whole, 2, 1), 2, 2)].sort()).toEqual([0, 1, 2, 3]);
  });

  it("know parts that touch at corners only as different", () => {
    expect(partsOf(RING, 8, 1).map((part) => part.size).sort((a, b) => a - b)).toEqual([1, 1, 16]);
  });

  it("tell which parts were changed, and which belong together on two slices", () => {
    const [before, now] = [picture("11..11", "11..11"), picture("11..1.", "11..11")];
    const [changed] = changedParts(before, now, 6, 1);
    expect([...changed].sort((a, b) => a - b)).toEqual([4, 10, 11]);
    const others = partsOf(picture("1...11", "1...11"), 6, 1);
    expect(matched([changed], others)).toEqual([[changed, others[1]]]);
    expect(matched([new Set([2])], others)).toEqual([]);
    expect(matched([new Set([2])], [others[0]])).toEqual([[new Set([2]), others[0]]]);
  });
});

it("slices to interpolate lie between two edited ones", () => {
  expect(gaps([])).toEqual([]);
  expect(gaps([3])).toEqual([]);
  expect(gaps([2, 3, 6, 9])).toEqual([[3, 6], [6, 9]]);
});

it("a slice is drawn as filled runs and the edges between inside and outside", () => {
  const { fill: filled, edge } = labelPaths(picture("....", ".11."), 4, 1);
  expect(filled).toBe("M1 1h2v1h-2z");
  expect(edge.match(/M/g)).toHaveLength(6);
  expect(edge).toContain("M3 1v1");
});

const series = { uid: "t2", slices: 3, rows: 2, columns: 4 } as SeriesData;
const masks = [{ slice: 1, runs: { disc: [0, 2, 6], vertebra: [4, 2, 2], canal: [8] } }];

describe("a label map", () => {
  it("holds the structures of the reading and knows what was changed", () => {
    const map = new LabelMap(series, masks);
    expect([...map.labels(1)]).toEqual([1, 1, 0, 0, 2, 2, 0, 0]);
    expect(map.edits()).toEqual([]);
    map.voxels(1).setAtIndex(2, 1 as never);
    map.voxels(0).setAtIndex(7, 3 as never);
    map.version++;
    expect(map.changed()).toEqual([0, 1]);
    expect(map.changed("disc")).toEqual([1]);
    expect(map.edits()).toEqual([
      { series: "t2", slice: 1, structure: "disc", runs: [0, 3, 5] },
      { series: "t2", slice: 0, structure: "canal", runs: [7, 1] },
    ]);
    expect([...map.before(1)]).toEqual([1, 1, 0, 0, 2, 2, 0, 0]);
  });

  it("takes a written structure without the pixels of locked ones, and gives it back", () => {
    const map = new LabelMap(series, masks);
    const memo = writeStructure(map, 1, "disc", new Set([1, 2, 4]), (one) => one === "vertebra")!;
    expect([...map.labels(1)]).toEqual([0, 1, 1, 0, 2, 2, 0, 0]);
    memo.restoreMemo(true);
    expect([...map.labels(1)]).toEqual([1, 1, 0, 0, 2, 2, 0, 0]);
    memo.restoreMemo(false);
    expect([...map.labels(1)]).toEqual([0, 1, 1, 0, 2, 2, 0, 0]);
    expect(writeStructure(map, 1, "disc", new Set([1, 2]), () => true)).toBeNull();
  });

  it("takes the pixels of structures that are not locked", () => {
    const map = new LabelMap(series, masks);
    writeStructure(map, 1, "disc", new Set([0, 1, 4]), () => false);
    expect([...map.labels(1)]).toEqual([1, 1, 0, 0, 1, 2, 0, 0]);
  });
});

describe("the state of the edits", () => {
  it("locks the other structures, and never the one that is edited", () => {
    const state = new OutlineState();
    expect([state.isLocked("disc"), state.isLocked("vertebra"), state.isLocked("canal")]).toEqual([false, true, true]);
    state.structure = "canal";
    state.locked.delete("vertebra");
    expect([state.isLocked("disc"), state.isLocked("vertebra"), state.isLocked("canal")]).toEqual([true, false, false]);
  });

  it("knows when the reading has other masks", () => {
    const state = new OutlineState();
    const told = [{ ...series, masks }];
    state.take("study", told);
    expect([state.holds("study"), state.holds("other"), state.outdated(told)]).toEqual([true, false, false]);
    expect(state.outdated([{ ...series, masks: [{ ...masks[0], slice: 2 }] }])).toBe(true);
    expect([...state.maps.keys()]).toEqual(["t2"]);
  });
});

describe("keys while outlines are edited", () => {
  const pressed = (key: string, changes: object = {}) => {
    const done: string[] = [];
    const actions = {
      choose: (tool: string) => done.push(tool), undo: () => done.push("undo"), redo: () => done.push("redo"),
      interpolate: async () => { done.push("interpolate"); },
    };
    const event = { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, composedPath: () => [{ tagName: "DIV" }], ...changes };
    return [runEditKey(actions as never, event as never), ...done];
  };

  it("choose tools, interpolate, and go back and forth", () => {
    expect(["1", "2", "3"].map((key) => pressed(key)[1])).toEqual(["brush", "eraser", "sculpt"]);
    expect(pressed("4")).toEqual([true, "interpolate"]);
    expect(pressed("z", { ctrlKey: true })).toEqual([true, "undo"]);
    expect(pressed("Z", { ctrlKey: true, shiftKey: true })).toEqual([true, "redo"]);
    expect(pressed("y", { metaKey: true })).toEqual([true, "redo"]);
  });

  it("are left alone in fields, with Alt, and where they mean something else", () => {
    expect(pressed("1", { composedPath: () => [{ tagName: "INPUT" }] })).toEqual([false]);
    expect(pressed("z", { ctrlKey: true, altKey: true })).toEqual([false]);
    expect([pressed("z"), pressed("c", { ctrlKey: true }), pressed("ArrowUp")]).toEqual([[false], [false], [false]]);
  });
});
