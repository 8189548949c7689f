// Our label maps as Cornerstone's segmentations: which structure is active, which are locked, which pane shows which.
import type { Types } from "@cornerstonejs/core";
import { Enums, segmentation } from "@cornerstonejs/tools";
import { registerSegmentationRepresentationDisplay } from "@cornerstonejs/tools/segmentation/SegmentationRepresentationDisplayRegistry";

import type { Structure } from "./data";
import { imageIds, labelImageId } from "./images";
import { offerLabelMap, withdrawLabelMap } from "./label_brush";
import { LABELS, STRUCTURES, type LabelMap } from "./label_map";

const TYPE = Enums.SegmentationRepresentations.Labelmap;

/** By label: the colours of the outlines (style.css), for the circle of the brush. */
const COLOURS = [[0, 0, 0, 0], [86, 180, 233, 255], [230, 159, 0, 255], [204, 121, 167, 255]] as Types.Color[];

const states = segmentation.defaultSegmentationStateManager;
let colours: number | undefined;

/** Panes draw label maps themselves (label_drawing.ts); Cornerstone still says when. */
export function drawLabelMapsOurselves(): void {
  registerSegmentationRepresentationDisplay(TYPE, {
    getUpdateFunction: () => null, render: () => Promise.resolve(), removeRepresentation: () => {},
  });
}

function addSegmentation(map: LabelMap): void {
  const segments = Object.fromEntries(STRUCTURES.map((one) => [LABELS[one], { label: one }]));
  segmentation.addSegmentations([{
    segmentationId: map.id, config: { segments },
    // No image of any viewport is named, so that Cornerstone does not lay the labels over one; the tools find the label
    // image of a slice by its number.
    representation: { type: TYPE, data: { imageIds: imageIds(map.series).map(labelImageId), referencedImageIds: [`${map.id}/none`] } as never },
  }]);
}

// Cornerstone's functions for viewports refuse or fail where it cannot draw the labels itself; its state does not.

export function showIn(viewportId: string, map: LabelMap): void {
  offerLabelMap(map);
  if (!states.getSegmentation(map.id)) addSegmentation(map);
  colours ??= segmentation.config.color.addColorLUT(COLOURS);
  states.addSegmentationRepresentation(viewportId, map.id, TYPE, { colorLUTIndex: colours } as never);
}

export function hideIn(viewportId: string, map: LabelMap): void {
  states.removeSegmentationRepresentations(viewportId, { segmentationId: map.id, type: TYPE });
  // Another viewer may show it: one that leaves the page ends after the next has begun.
  if (states.getSegmentationRepresentationsBySegmentationId(map.id).length) return;
  states.removeSegmentation(map.id);
  withdrawLabelMap(map);
}

export function activate(map: LabelMap, structure: Structure): void {
  segmentation.segmentIndex.setActiveSegmentIndex(map.id, LABELS[structure]);
}

/** A locked structure keeps its pixels, whatever is painted. */
export function lock(map: LabelMap, structure: Structure, locked: boolean): void {
  segmentation.segmentLocking.setSegmentIndexLocked(map.id, LABELS[structure], locked);
}
