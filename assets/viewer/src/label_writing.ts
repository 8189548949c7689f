// Writes a structure into a slice of a label map, so that it can be undone like a stroke of the brush.
import type { Types } from "@cornerstonejs/core";
import { utilities } from "@cornerstonejs/tools";

import type { Structure } from "./data";
import { LABELS, type LabelMap } from "./label_map";

const { createLabelmapMemo } = utilities.segmentation.LabelmapMemo;

export type LabelMemo = ReturnType<typeof createLabelmapMemo<number>>;

/**
 * Makes `wanted` (indices of pixels) the structure of a slice. Pixels of structures in `locked` stay theirs. The result
 * is for Cornerstone's history; null where nothing changed.
 */
export function writeStructure(
  map: LabelMap, slice: number, structure: Structure, wanted: ReadonlySet<number>, locked: (structure: Structure) => boolean,
): LabelMemo | null {
  const own = LABELS[structure];
  const kept = new Set((Object.keys(LABELS) as Structure[]).filter(locked).map((one) => LABELS[one]));
  const memo = createLabelmapMemo(map.id, map.voxels(slice) as Types.IVoxelManager<number>);
  map.labels(slice).slice().forEach((label, index) => {
    if (wanted.has(index) ? !kept.has(label) && label !== own : label === own)
      memo.voxelManager.setAtIndex(index, wanted.has(index) ? own : 0);
  });
  return memo.commitMemo() ? memo : null;
}
