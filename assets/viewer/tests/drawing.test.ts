import { describe, expect, it } from "vitest";

import { formatValue, pixelCaption, slicePosition } from "../src/captions";
import type { PatientPoint } from "../src/data";
import { labelX } from "../src/disc_marker";
import { sameImage, without, withNote } from "../src/key_images";
import { barLength, barWords } from "../src/scale_bar";
import { presetIndex } from "../src/window_presets";

describe("scale bar", () => {
  it("is the longest round length below 35 % of the pane", () => {
    // 350 of 1000 pixels: 100 mm take 300 at 3 pixels per mm, and 400 at 4.
    expect(barLength(3, 1000)).toBe(100);
    expect(barLength(4, 1000)).toBe(50);
    expect(barLength(40, 1000)).toBe(5);
  });

  it("is 1 mm where even that is long", () => {
    expect(barLength(900, 1000)).toBe(1);
  });

  it("is written in centimetres from 1 cm on", () => {
    expect([100, 10, 5].map(barWords)).toEqual(["10 cm", "1 cm", "5 mm"]);
  });
});

describe("labels", () => {
  it("stay inside the pane", () => {
    expect([-50, 22, 150, 390].map((x) => labelX(x, 400))).toEqual([22, 22, 150, 378]);
  });
});

describe("captions", () => {
  const at = (rowDirection: PatientPoint, columnDirection: PatientPoint, position: PatientPoint) =>
    slicePosition({ rowDirection, columnDirection, positions: [position] }, 0);

  it("give the slice's position along its axis, with the patient's side", () => {
    expect(at([0, 1, 0], [0, 0, -1], [12.46, 5, 5])).toBe("L 12.5 mm");
    expect(at([0, 1, 0], [0, 0, -1], [-3, 5, 5])).toBe("R 3.0 mm");
    expect(at([1, 0, 0], [0, 1, 0], [5, 5, -40])).toBe("F 40.0 mm");
    expect(at([1, 0, 0], [0, 0, -1], [5, 7, 9])).toBe("P 7.0 mm");
  });

  it("name the main axis of a tilted slab", () => {
    // Tilted by 25 degrees about the left-right axis.
    expect(at([1, 0, 0], [0, 0.906, -0.423], [1, 2, 30])).toBe("H 30.0 mm");
  });

  it("round values to three digits and leave large numbers whole", () => {
    expect([0.012345, 3.14159, 99.96, 1234.5].map(formatValue)).toEqual(["0.0123", "3.14", "100", "1235"]);
  });

  it("name pixel, value and relevance", () => {
    expect(pixelCaption(4, 5, 12, null)).toBe("row 4, column 5: 12");
    expect(pixelCaption(4, 5, 12, 0)).toBe("row 4, column 5: 12, map 0.00");
    expect(pixelCaption(4, 5, undefined, -2)).toBe("row 4, column 5: , map -2.00");
  });
});

describe("window presets", () => {
  const presets = [{ name: "Header", lower: 0, upper: 1000 }, { name: "Narrow", lower: 200, upper: 400 }];

  it("are recognised within a thousandth of the width", () => {
    expect(presetIndex(presets, { lower: 200, upper: 400.1 })).toBe(1);
    expect(presetIndex(presets, { lower: 200, upper: 401 })).toBe(-1);
    expect(presetIndex(presets, { lower: 0.5, upper: 1000 })).toBe(0);
  });
});

describe("key images", () => {
  const first = { series: "t2", slice: 3, note: "" };
  const second = { series: "t2", slice: 4, note: "x" };

  it("are the same by series and slice, whatever their note", () => {
    expect(sameImage(first, { ...first, note: "edge" })).toBe(true);
    expect(sameImage(first, second)).toBe(false);
    expect(sameImage(first, { ...first, series: "t1" })).toBe(false);
  });

  it("take a note and go alone", () => {
    expect(withNote([first, second], first, "edge")).toEqual([{ ...first, note: "edge" }, second]);
    expect(without([first, second], { ...first, note: "old" })).toEqual([second]);
  });
});
