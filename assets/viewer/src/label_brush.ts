// Cornerstone's brush and eraser on our label maps. Cornerstone's own strategies take the labels from an image actor of
// the viewport, which the CPU path lacks; these take them from the label map, with WebGL as without.
import { getEnabledElementByViewportId, type StackViewport, type Types } from "@cornerstonejs/core";
import BrushStrategy, { type InitializedOperationData } from "@cornerstonejs/tools/tools/segmentation/strategies/BrushStrategy";
import { CIRCLE_STRATEGY } from "@cornerstonejs/tools/tools/segmentation/strategies/fillCircle";

import type { PatientPoint, SeriesData } from "./data";
import { normalOf, toImage, toWorld } from "./geometry";
import type { LabelMap } from "./label_map";

const maps = new Map<string, LabelMap>();

/** Lets the brushes find a label map by Cornerstone's name of its segmentation. */
export function offerLabelMap(map: LabelMap): void {
  maps.set(map.id, map);
}

export function withdrawLabelMap(map: LabelMap): void {
  maps.delete(map.id);
}

type Operation = Parameters<BrushStrategy["fill"]>[1] & {
  segmentationId: string;
  createMemo: (segmentationId: string, voxels: unknown) => InitializedOperationData["memo"];
};

class LabelMapStrategy extends BrushStrategy {
  protected override initialize(enabledElement: Types.IEnabledElement, operation: Operation, operationName?: string): InitializedOperationData {
    const viewport = getEnabledElementByViewportId(enabledElement.viewport.id)!.viewport as StackViewport;
    const map = maps.get(operation.segmentationId)!;
    const slice = viewport.getCurrentImageIdIndex();
    const voxels = map.voxels(slice);
    const data = {
      operationName, ...operation, enabledElement, viewport, brushStrategy: this,
      imageVoxelManager: voxels, segmentationVoxelManager: voxels, segmentationImageData: sliceGeometry(map.series, slice),
      centerWorld: null, isInObject: null, isInObjectBoundsIJK: null,
      memo: operation.createMemo(operation.segmentationId, voxels),
    } as unknown as InitializedOperationData;
    for (const initialize of this._initialize) initialize(data);
    return data;
  }
}

/** A slice's geometry in the form of vtk.js: the index is (column, row, 0). */
function sliceGeometry(series: SeriesData, slice: number) {
  const { rows, columns, spacing, rowDirection, columnDirection } = series;
  return {
    getDimensions: () => [columns, rows, 1],
    getSpacing: () => [spacing[1], spacing[0], 1],
    getOrigin: () => series.positions[slice],
    getDirection: () => [...rowDirection, ...columnDirection, ...normalOf(series)],
    worldToIndex: (world: PatientPoint) => [...toImage(series, slice, world).reverse(), 0],
    indexToWorld: ([column, row]: number[]) => toWorld(series, slice, [row, column]),
  };
}

const FILL = new LabelMapStrategy("Label map", ...CIRCLE_STRATEGY.compositions);
const ERASE = new LabelMapStrategy("Label map, erased", BrushStrategy.COMPOSITIONS.erase, ...CIRCLE_STRATEGY.compositions);

/** For the configuration of Cornerstone's `BrushTool`. */
export const BRUSH_STRATEGIES = { FILL_LABELS: FILL.strategyFunction, ERASE_LABELS: ERASE.strategyFunction };
