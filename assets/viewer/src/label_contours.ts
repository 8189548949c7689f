// Contours of a structure on one slice of a label map, and back: what the sculptor and the interpolation work on.
import { utilities } from "@cornerstonejs/tools";

import type { ImagePoint } from "./data";

const { containsPoint } = utilities.math.polyline;

/** Closed polygon in pixels of the slice; an outer edge or that of a hole. */
export type Loop = ImagePoint[];

type Inside = (row: number, column: number) => boolean;

/** Around the pixels clockwise: east, south, west, north. A pixel corner (row, column) is the one at -0.5, -0.5 of it. */
const STEPS = [[0, 1], [1, 0], [0, -1], [-1, 0]] as const;
/** The pixels on the right and on the left of an edge that leaves a corner in each direction. */
const RIGHT = [[0, 0], [0, -1], [-1, -1], [-1, 0]] as const;
const LEFT = [[-1, 0], [0, 0], [0, -1], [-1, -1]] as const;

/** The edges of the pixels with `label`, through the middles between inside and outside, as scikit-image finds them at 0.5. */
export function loopsOf(labels: ArrayLike<number>, columns: number, label: number): Loop[] {
  const inside: Inside = (row, column) => column >= 0 && column < columns && labels[row * columns + column] === label;
  const seen = new Set<number>();
  const loops: Loop[] = [];
  for (let i = 0; i < labels.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    if (isEdge(inside, row, column, 0) && !seen.has(i)) loops.push(follow(inside, row, column, (r, c) => seen.add(r * columns + c)));
  }
  return loops;
}

function isEdge(inside: Inside, row: number, column: number, way: number): boolean {
  const [right, left] = [RIGHT[way], LEFT[way]];
  return inside(row + right[0], column + right[1]) && !inside(row + left[0], column + left[1]);
}

/** One loop from the edge that leaves a corner to the east; `mark` is called for every such edge. */
function follow(inside: Inside, startRow: number, startColumn: number, mark: (row: number, column: number) => void): Loop {
  const loop: Loop = [];
  let [row, column, way] = [startRow, startColumn, 0];
  do {
    if (way === 0) mark(row, column);
    const [down, across] = STEPS[way];
    loop.push([row - 0.5 + down / 2, column - 0.5 + across / 2]);
    [row, column] = [row + down, column + across];
    // A turn to the right first: pixels that touch at a corner only are not connected.
    way = [way + 1, way, way + 3].map((one) => one % 4).find((one) => isEdge(inside, row, column, one))!;
  } while (row !== startRow || column !== startColumn || way !== 0);
  return loop;
}

/** Indices of the pixels whose centres lie inside: in an odd number of loops. */
export function fill(loops: readonly Loop[], rows: number, columns: number): Set<number> {
  const found = new Set<number>();
  for (const loop of loops)
    for (const index of within(loop, rows, columns)) if (!found.delete(index)) found.add(index);
  return found;
}

function* within(loop: Loop, rows: number, columns: number): Generator<number> {
  const points = loop.map(([row, column]) => [column, row] as [number, number]);
  const span = (i: 0 | 1, size: number) => [
    Math.max(0, Math.ceil(Math.min(...loop.map((p) => p[i])))), Math.min(size - 1, Math.floor(Math.max(...loop.map((p) => p[i])))),
  ];
  const [[top, bottom], [left, right]] = [span(0, rows), span(1, columns)];
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++)
      if (containsPoint(points, [column, row], { closed: true })) yield row * columns + column;
}

/** Connected parts of the pixels with `label`, each as the indices of its pixels; pixels touch at their sides. */
export function partsOf(labels: ArrayLike<number>, columns: number, label: number): Set<number>[] {
  const parts: Set<number>[] = [];
  const seen = new Set<number>();
  for (let start = 0; start < labels.length; start++) {
    if (labels[start] !== label || seen.has(start)) continue;
    const part = new Set([start]);
    for (const index of part)
      for (const next of neighbours(index, columns)) if (labels[next] === label) part.add(next);
    part.forEach((index) => seen.add(index));
    parts.push(part);
  }
  return parts;
}

function neighbours(index: number, columns: number): number[] {
  const column = index % columns;
  const sides = [index - columns, index + columns];
  if (column > 0) sides.push(index - 1);
  if (column < columns - 1) sides.push(index + 1);
  return sides;
}

/** Parts of `now` that are not the same in `before`. */
export function changedParts(before: ArrayLike<number>, now: ArrayLike<number>, columns: number, label: number): Set<number>[] {
  const same = new Set(partsOf(before, columns, label).map(key));
  return partsOf(now, columns, label).filter((part) => !same.has(key(part)));
}

function key(part: Set<number>): string {
  return [...part].sort((a, b) => a - b).join();
}

/**
 * For each part of one slice the part of another that shares most pixels with it; parts without any are left out. Where
 * each slice has one part only, these two belong together.
 */
export function matched(parts: readonly Set<number>[], others: readonly Set<number>[]): [Set<number>, Set<number>][] {
  if (parts.length === 1 && others.length === 1) return [[parts[0], others[0]]];
  return parts.flatMap((part) => {
    const shared = others.map((other) => [...part].filter((index) => other.has(index)).length);
    const most = Math.max(0, ...shared);
    return most ? [[part, others[shared.indexOf(most)]] as [Set<number>, Set<number>]] : [];
  });
}
