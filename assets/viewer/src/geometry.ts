// Pixels to patient coordinates and back, as in spine_core/study/geometry.py: (0, 0) is the centre of the first pixel.
// Cornerstone's imageToWorldCoords exchanges the two spacings, which matters where pixels are not square.
import type { Types } from "@cornerstonejs/core";

import type { Frame, Place, Point3, SeriesData } from "./data";

/** Where a map's pixel lies on the slice. */
export function fromMap([a, b, c, d, e, f]: Frame, [row, column]: Place): Place {
  return [a * row + b * column + c, d * row + e * column + f];
}

/** The map's pixel at a place of the slice. */
export function toMap([a, b, c, d, e, f]: Frame, [row, column]: Place): Place {
  const determinant = a * e - b * d;
  const [y, x] = [row - c, column - f];
  return [(e * y - b * x) / determinant, (a * x - d * y) / determinant];
}

export function toWorld(series: SeriesData, slice: number, [row, column]: Place): Point3 {
  const origin = series.positions[slice];
  const [down, right] = [row * series.spacing[0], column * series.spacing[1]];
  return [0, 1, 2].map((i) => origin[i] + series.columnDirection[i] * down + series.rowDirection[i] * right) as Point3;
}

export function toPlace(series: SeriesData, slice: number, world: Types.Point3): Place {
  const origin = series.positions[slice];
  const along = (direction: Point3) => direction.reduce((sum, d, i) => sum + d * (world[i] - origin[i]), 0);
  return [along(series.columnDirection) / series.spacing[0], along(series.rowDirection) / series.spacing[1]];
}
