// Pixels to patient coordinates and back, as in spine_core/study/geometry.py: (0, 0) is the centre of the first pixel.
// Cornerstone's imageToWorldCoords exchanges the two spacings, which matters where pixels are not square.

import type { ImagePoint, MapTransform, PatientPoint, SeriesData } from "./data";

/** The position of a map's pixel on the slice. */
export function fromMap([a, b, c, d, e, f]: MapTransform, [row, column]: ImagePoint): ImagePoint {
  return [a * row + b * column + c, d * row + e * column + f];
}

/** The map's pixel at a position of the slice. */
export function toMap([a, b, c, d, e, f]: MapTransform, [row, column]: ImagePoint): ImagePoint {
  const determinant = a * e - b * d;
  const [y, x] = [row - c, column - f];
  return [(e * y - b * x) / determinant, (a * x - d * y) / determinant];
}

export function toWorld(series: SeriesData, slice: number, [row, column]: ImagePoint): PatientPoint {
  const origin = series.positions[slice];
  const [down, right] = [row * series.spacing[0], column * series.spacing[1]];
  return [0, 1, 2].map((i) => origin[i] + series.columnDirection[i] * down + series.rowDirection[i] * right) as PatientPoint;
}

export function toImage(series: SeriesData, slice: number, world: PatientPoint): ImagePoint {
  const origin = series.positions[slice];
  const along = (direction: PatientPoint) => direction.reduce((sum, d, i) => sum + d * (world[i] - origin[i]), 0);
  return [along(series.columnDirection) / series.spacing[0], along(series.rowDirection) / series.spacing[1]];
}

/** Unit normal of the slices: row direction cross column direction. */
export function normalOf({ rowDirection: [x, y, z], columnDirection: [u, v, w] }: Pick<SeriesData, "rowDirection" | "columnDirection">): PatientPoint {
  return [y * w - z * v, z * u - x * w, x * v - y * u];
}

/** Lowest and highest value of each coordinate. */
export function extent(points: readonly (readonly [number, number])[]): [[number, number], [number, number]] {
  const range = (i: 0 | 1): [number, number] => [Math.min(...points.map((p) => p[i])), Math.max(...points.map((p) => p[i]))];
  return [range(0), range(1)];
}

/**
 * How far an image that spans `low` to `high` must move in a view from 0 to `size`, so that `at` comes to the middle
 * without a gap at the edges. An image that is smaller than the view is centred.
 */
export function shiftToCenter(at: number, low: number, high: number, size: number): number {
  const free = size - (high - low);
  // An image fitted to the view may exceed it by rounding.
  if (free >= -1) return free / 2 - low;
  return Math.min(Math.max(size / 2 - at, size - high), -low);
}

/** Factor by which a box of this width and height is enlarged to fill the view as far as it can. */
export function fitFactor([width, height]: [number, number], [viewWidth, viewHeight]: [number, number]): number {
  return Math.min(viewWidth / width, viewHeight / height);
}
