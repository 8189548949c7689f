// Cornerstone's sculptor on label maps: it pushes contours, which are taken from the labels before and go back after.
import { eventTarget, type StackViewport } from "@cornerstonejs/core";
import { Enums, SculptorTool, ToolGroupManager, type Types as ToolTypes } from "@cornerstonejs/tools";

import { addContour, contoursOf, loopOf, OutlineContourTool, removeContours } from "./contour_annotations";
import type { Structure } from "./data";
import { fill, loopsOf } from "./label_contours";
import { LABELS, type LabelMap } from "./label_map";

export interface Sculpted {
  viewport: StackViewport;
  map: LabelMap;
  structure: Structure;
}

interface Cursor {
  toolInfo: { toolSize: number; radius: number | null; maxToolSize: number };
}

export class Sculptor {
  private shown: Sculpted[] = [];

  /** `radius` in mm. `sculpted` is called with the pixels that are inside after a push. */
  constructor(
    private readonly toolGroup: string, private readonly radius: () => number,
    private readonly sculpted: (what: Sculpted, slice: number, inside: Set<number>) => void,
  ) {
    eventTarget.addEventListener(Enums.Events.ANNOTATION_MODIFIED, this.onModified);
  }

  /** Shows the contours on the current slices of these panes, and no others. */
  show(panes: Sculpted[]): void {
    this.hide();
    this.shown = panes;
    for (const { viewport, map, structure } of panes) {
      const slice = viewport.getCurrentImageIdIndex();
      viewport.element.addEventListener("pointermove", this.onMove, { capture: true });
      if (contoursOf(viewport).some(({ metadata }) => metadata?.sliceIndex === slice)) continue;
      for (const loop of loopsOf(map.labels(slice), map.series.columns, LABELS[structure])) addContour(viewport, map, slice, loop);
    }
  }

  hide(): void {
    for (const { viewport } of this.shown) {
      removeContours(contoursOf(viewport));
      viewport.element?.removeEventListener("pointermove", this.onMove, { capture: true });
    }
    this.shown = [];
  }

  /** Cornerstone takes the radius in pixels of the pane, which change with its zoom. */
  private readonly onMove = (event: Event): void => {
    const viewport = this.shown.find(({ viewport: { element } }) => element === event.currentTarget)?.viewport;
    const tool = ToolGroupManager.getToolGroup(this.toolGroup)?.getToolInstance(SculptorTool.toolName) as SculptorTool | undefined;
    if (!tool || !viewport) return;
    const [from, to] = [[0, 0], [100, 0]].map((point) => viewport.canvasToWorld(point as [number, number]));
    const pixels = (100 * this.radius()) / Math.hypot(...from.map((at, i) => at - to[i]));
    const { registeredShapes } = tool as unknown as { registeredShapes: Map<string, Cursor> };
    for (const cursor of registeredShapes.values()) cursor.toolInfo = { toolSize: pixels, radius: null, maxToolSize: pixels };
  };

  private readonly onModified = (event: Event): void => {
    const { annotation, viewportId, changeType } = (event as CustomEvent<ToolTypes.EventTypes.AnnotationModifiedEventDetail>).detail;
    if (annotation.metadata?.toolName !== OutlineContourTool.toolName || changeType !== Enums.ChangeTypes.HandlesUpdated) return;
    const what = this.shown.find(({ viewport }) => viewport.id === viewportId);
    if (!what) return;
    const slice = what.viewport.getCurrentImageIdIndex();
    const { rows, columns } = what.map.series;
    const here = contoursOf(what.viewport).filter(({ metadata }) => metadata?.sliceIndex === slice);
    this.sculpted(what, slice, fill(here.map((contour) => loopOf(contour, what.map, slice)), rows, columns));
  };

  end(): void {
    eventTarget.removeEventListener(Enums.Events.ANNOTATION_MODIFIED, this.onModified);
    this.hide();
  }
}
