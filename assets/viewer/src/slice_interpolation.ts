// Interpolation between edited slices, by Cornerstone: contours of the slices between two contours.
import { utilities, type StackViewport } from "@cornerstonejs/core";
import interpolate from "@cornerstonejs/tools/utilities/contours/interpolation/interpolate";

import { addContour, contoursOf, loopOf, removeContours, type Contour } from "./contour_annotations";
import type { Structure } from "./data";
import { changedParts, fill, loopsOf, matched, partsOf, type Loop } from "./label_contours";
import { LABELS, type LabelMap } from "./label_map";

/** What a structure is to be on a slice: indices of the pixels inside. */
export interface Interpolated {
  slice: number;
  inside: Set<number>;
}

/** Pairs of neighbouring edited slices with others between them. */
export function gaps(edited: readonly number[]): [number, number][] {
  return edited.slice(1).flatMap((after, i) => (after - edited[i] > 1 ? [[edited[i], after] as [number, number]] : []));
}

/** The structure on the slices between those that were edited; parts of it that were not edited stay. */
export async function interpolated(viewport: StackViewport, map: LabelMap, structure: Structure): Promise<Interpolated[]> {
  const found: Interpolated[] = [];
  for (const [first, last] of gaps(map.changed(structure))) {
    const loops = new Map<number, Loop[]>();
    for (const [slice, loop] of await between(viewport, map, structure, first, last)) loops.set(slice, [...(loops.get(slice) ?? []), loop]);
    for (const [slice, drawn] of loops) found.push({ slice, inside: redrawn(map, structure, slice, drawn) });
  }
  return found;
}

/** Contours of the slices between two, for every part that was edited on both. */
async function between(viewport: StackViewport, map: LabelMap, structure: Structure, first: number, last: number): Promise<[number, Loop][]> {
  const [parts, others] = [first, last].map((slice) => editedParts(map, structure, slice));
  const found: [number, Loop][] = [];
  for (const [part, other] of matched(parts, others)) {
    const id = utilities.uuidv4();
    const ends = [addPart(viewport, map, first, part), addPart(viewport, map, last, other)];
    for (const end of ends) end.interpolationUID = id;
    interpolate({
      viewport, annotation: ends[1] as never, interpolationUID: id,
      sliceData: { numberOfSlices: map.series.slices, imageIndex: last },
    });
    // Cornerstone does it in a microtask.
    await Promise.resolve();
    const all = contoursOf(viewport).filter(({ interpolationUID }) => interpolationUID === id);
    for (const one of all.filter((contour) => !ends.includes(contour))) found.push([sliceOf(one), loopOf(one, map, sliceOf(one))]);
    removeContours(all);
  }
  return found;
}

function editedParts(map: LabelMap, structure: Structure, slice: number): Set<number>[] {
  return changedParts(map.before(slice), map.labels(slice), map.series.columns, LABELS[structure]);
}

function sliceOf(contour: Contour): number {
  return contour.metadata!.sliceIndex as number;
}

/** The outer edge of a part, without its holes. */
function addPart(viewport: StackViewport, map: LabelMap, slice: number, part: Set<number>): Contour {
  const { rows, columns } = map.series;
  const alone = Uint8Array.from({ length: rows * columns }, (_, index) => Number(part.has(index)));
  const [outer] = loopsOf(alone, columns, 1);
  return addContour(viewport, map, slice, outer);
}

/** The structure of a slice with the drawn loops in the place of the parts that they touch. */
function redrawn(map: LabelMap, structure: Structure, slice: number, loops: readonly Loop[]): Set<number> {
  const { rows, columns } = map.series;
  const drawn = new Set(loops.flatMap((loop) => [...fill([loop], rows, columns)]));
  const untouched = partsOf(map.labels(slice), columns, LABELS[structure]).filter((part) => ![...part].some((index) => drawn.has(index)));
  return new Set([...drawn, ...untouched.flatMap((part) => [...part])]);
}
