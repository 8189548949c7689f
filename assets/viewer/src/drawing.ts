// What is drawn over a slice: outlines, disc markers with their levels, orientation letters and the scale bar.
// Cornerstone's ScaleOverlayTool follows one viewport at a time, and its markers have no accessible name.
import type { Crop, ImagePoint, Outline, SeriesData } from "./data";
import { DiscMarker, type MarkActions } from "./disc_marker";
import { svg } from "./dom";
import { LabelDrawing } from "./label_drawing";
import type { LabelMap } from "./label_map";
import { orientationLetters } from "./orientation_letters";
import { drawPlace } from "./placed_mark";
import { scaleBar } from "./scale_bar";

export interface Scene {
  series: SeriesData;
  slice: number;
  width: number;
  height: number;
  /** The selected level. */
  level: string;
  labels: boolean;
  outlines: boolean;
  crop: Crop | null;
  /** Drawn instead of outlines while they are edited. */
  labelMap: LabelMap | null;
  toCanvas: (point: ImagePoint) => [number, number];
}

export class Drawing {
  readonly layer = svg("svg", { class: "marks" });
  private readonly labelMap = new LabelDrawing();
  private readonly below = svg("g");
  private readonly discs = svg("g");
  private readonly above = svg("g");
  private readonly markers = new Map<string, DiscMarker>();

  constructor(private readonly actions: MarkActions) {
    this.layer.append(this.labelMap.group, this.below, this.discs, this.above);
    // Cornerstone prevents the browser's default for every key: Tab would never leave a marker.
    this.layer.addEventListener("keydown", (event) => event.stopPropagation());
  }

  draw(scene: Scene): void {
    const { series, slice, width, height, toCanvas } = scene;
    this.layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.labelMap.draw(scene.labelMap, slice, toCanvas);
    const outlines = series.outlines.filter((outline) => outline.slice === slice && isShown(outline, scene));
    const crop = scene.crop?.slice === slice ? [polygon("crop", scene.crop.corners, scene)] : [];
    const places = (series.places ?? []).filter((place) => place.slice === slice);
    this.below.replaceChildren(
      ...outlines.map((outline) => drawOutline(outline, scene)), ...crop, ...places.map((one) => drawPlace(one, toCanvas)));
    this.drawMarkers(scene);
    this.above.replaceChildren(
      ...(series.oriented ? orientationLetters(series, toCanvas, width, height) : []),
      ...(series.millimetres ? scaleBar(series, toCanvas, width, height) : []));
  }

  /** Markers stay the same elements: an element that is replaced, or inserted again, loses the keyboard's focus. */
  private drawMarkers(scene: Scene): void {
    const marks = scene.labels ? scene.series.marks : [];
    for (const [level, marker] of this.markers) {
      if (marks.some((mark) => mark.level === level)) continue;
      marker.group.remove();
      this.markers.delete(level);
    }
    for (const mark of marks) {
      let marker = this.markers.get(mark.level);
      if (!marker) {
        marker = new DiscMarker(mark.level, this.actions);
        this.markers.set(mark.level, marker);
        this.discs.append(marker.group);
      }
      marker.draw(mark, scene);
    }
  }
}

/** A segmentation that came with the images was asked for by itself. */
function isShown({ structure }: Outline, { outlines, labelMap }: Scene): boolean {
  return structure === "segment" || (outlines && !labelMap);
}

function drawOutline({ structure, points }: Outline, scene: Scene): SVGElement {
  return polygon(`outline ${structure}`, points, scene);
}

function polygon(className: string, points: ImagePoint[], { toCanvas }: Scene): SVGElement {
  return svg("polygon", { class: className, points: points.map((p) => toCanvas(p).join(",")).join(" ") });
}
