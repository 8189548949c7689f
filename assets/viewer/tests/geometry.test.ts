import { describe, expect, it } from "vitest";

import type { MapTransform, SeriesData } from "../src/data";
import { extent, fitFactor, fromMap, normalOf, shiftToCenter, toImage, toMap, toWorld } from "../src/geometry";

/** Sagittal: rows run to the feet (-z), columns to the back (+y). Pixels are 2 mm high and 0.5 mm wide. */
const sagittal = {
  spacing: [2, 0.5], rowDirection: [0, 1, 0], columnDirection: [0, 0, -1],
  positions: [[-30, -100, 50], [-26, -100, 50]],
} as unknown as SeriesData;

describe("patient coordinates", () => {
  it("multiply rows by the first spacing and columns by the second", () => {
    expect(toWorld(sagittal, 1, [10, 40])).toEqual([-26, -80, 30]);
  });

  it("come back to the pixel", () => {
    expect(toImage(sagittal, 1, [-26, -80, 30])).toEqual([10, 40]);
  });

  it("ignore the distance from the slice", () => {
    expect(toImage(sagittal, 0, [7, -80, 30])).toEqual([10, 40]);
  });

  it("have the right-handed normal", () => {
    // y cross -z = -(y cross z) = -x
    expect(normalOf(sagittal).map((value) => value + 0)).toEqual([-1, 0, 0]);
  });
});

describe("a map's transform", () => {
  // Twice as coarse as the slice and turned by a quarter: rows of the map run along columns of the slice.
  const transform: MapTransform = [0, -2, 100, 2, 0, 20];

  it("takes a map's pixel to the slice", () => {
    expect(fromMap(transform, [3, 5])).toEqual([90, 26]);
  });

  it("is inverted", () => {
    expect(toMap(transform, [90, 26])).toEqual([3, 5]);
  });

  it("is inverted where it scales rows and columns apart", () => {
    expect(toMap([4, 0, 1, 0, 0.5, -2], [9, 0])).toEqual([2, 4]);
  });
});

describe("views", () => {
  it("find the extent of points", () => {
    expect(extent([[3, -1], [-2, 4], [0, 9]])).toEqual([[-2, 3], [-1, 9]]);
  });

  it("fit a box by its tighter side", () => {
    expect(fitFactor([50, 200], [400, 300])).toBe(1.5);
    expect(fitFactor([200, 50], [400, 300])).toBe(2);
  });

  it("bring a point to the middle of the view", () => {
    expect(shiftToCenter(300, -500, 900, 400)).toBe(-100);
  });

  it("leave no gap at either edge", () => {
    expect(shiftToCenter(-90, -100, 700, 400)).toBe(100);
    expect(shiftToCenter(690, -100, 700, 400)).toBe(-300);
  });

  it("centre an image that is smaller than the view, and one that exceeds it by rounding", () => {
    expect(shiftToCenter(10, 0, 100, 400)).toBe(150);
    expect(shiftToCenter(10, 0, 400.5, 400)).toBe(-0.25);
  });
});
