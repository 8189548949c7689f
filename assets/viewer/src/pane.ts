// One pane: a stack viewport with what is drawn over it.
import { cache, Enums, utilities, type StackViewport, type Types } from "@cornerstonejs/core";
import { utilities as toolUtilities } from "@cornerstonejs/tools";

import { Camera, scrollBy } from "./camera";
import { formatValue, pixelCaption, slicePosition } from "./captions";
import type { Crop, ImagePoint, MapData, SeriesData } from "./data";
import type { MarkActions } from "./disc_marker";
import { html } from "./dom";
import { Drawing } from "./drawing";
import { theEngine } from "./engine";
import { imageIds } from "./images";
import type { LabelMap } from "./label_map";
import type { MapStyle } from "./map_layer";
import { MapOverlay, type MapComparison } from "./map_overlay";

/** What all panes of a viewer share. */
export interface Shared extends MapComparison {
  /** The selected level. */
  level: string;
  labels: boolean;
  outlines: boolean;
  mapStyle: MapStyle;
  crop: Crop | null;
  /** Whether panes open on the network's crop or the spine instead of the whole slice. */
  zoomedToRegion: boolean;
  windows: Map<string, Types.VOIRange>;
  /** The label map of a series whose outlines are edited. */
  labelMapOf: (uid: string) => LabelMap | null;
}

export class Pane {
  readonly element = html("div", { class: "viewport" });
  readonly root: HTMLDivElement;
  readonly picker = html("select", { class: "picker", "aria-label": "Series of this pane" });
  viewport!: StackViewport;
  camera!: Camera;
  series: SeriesData | null = null;
  loading = false;
  private requests = 0;
  private ended = false;
  private readonly drawing: Drawing;
  private readonly maps = new MapOverlay(() => this.redraw());
  private readonly position = html("div", { class: "corner position" });
  private readonly window = html("div", { class: "corner window" });
  private readonly error = html("div", { class: "complaint", role: "alert" });

  constructor(
    readonly id: string, private readonly shared: Shared, marks: MarkActions, private readonly changed: () => void,
  ) {
    this.drawing = new Drawing(marks);
    const heading = html("div", { class: "corner heading" }, this.picker, this.maps.colourBar);
    this.root = html("div", { class: "pane", tabindex: "0", role: "application", "data-slice": "" },
      this.element, heading, this.position, this.window, this.error);
  }

  /** Call once `root` is on the page: Cornerstone needs the viewport's size. */
  start(): void {
    theEngine().enableElement({ viewportId: this.id, type: Enums.ViewportType.STACK, element: this.element });
    this.viewport = theEngine().getViewport(this.id) as StackViewport;
    this.camera = new Camera(this.viewport, this.element, () => ({ series: this.series!, slice: this.slice, region: this.region }));
    this.element.append(this.maps.canvas, this.drawing.layer);
    this.element.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.redraw());
    this.element.addEventListener(Enums.Events.STACK_NEW_IMAGE, () => this.changed());
    this.element.addEventListener(Enums.Events.VOI_MODIFIED, () => this.storeWindow());
  }

  /** What was asked for and arrives after the end is dropped: the viewport has no camera any more. */
  end(): void {
    this.ended = true;
    this.requests++;
    if (this.viewport) theEngine().disableElement(this.id);
  }

  private get region(): readonly ImagePoint[] | null {
    const { crop, zoomedToRegion } = this.shared;
    return zoomedToRegion ? crop?.corners ?? this.series?.spine ?? null : null;
  }

  get hasImage(): boolean {
    return !this.ended && Boolean(this.viewport?.getCornerstoneImage());
  }

  /** Resolves to false where another series was asked for meanwhile, or the pane has ended. */
  async show(series: SeriesData, slice: number): Promise<boolean> {
    // `series` cannot tell the requests apart: every run of the page replaces it.
    const request = ++this.requests;
    this.series = series;
    this.loading = true;
    this.error.textContent = "";
    try {
      await this.viewport.setStack(imageIds(series), slice);
    } catch {
      this.reportError();
    }
    if (this.requests !== request) return false;
    this.loading = false;
    if (this.error.textContent) return true;
    const { lower, upper } = this.shared.windows.get(series.uid) ?? series.presets[0];
    this.viewport.setProperties({ voiRange: { lower, upper } });
    this.camera.home();
    // Cornerstone takes another stack for a step within the last one and prefetches on that side only; enabled again
    // without a step it prefetches on both.
    toolUtilities.stackContextPrefetch.enable(this.element);
    toolUtilities.stackContextPrefetch.enable(this.element);
    this.changed();
    return true;
  }

  private reportError(): void {
    this.error.textContent = "This slice could not be loaded. Reload the page if the session has ended.";
  }

  /** Takes over names, marks and outlines; a pane that still shows its home view follows a changed region. */
  refresh(series: SeriesData): void {
    const before = JSON.stringify(this.region);
    const atHome = !this.loading && this.hasImage && this.camera.fittedView === "home";
    this.series = series;
    if (atHome && JSON.stringify(this.region) !== before) this.camera.home();
    this.redraw();
  }

  showMaps(first: MapData | null, second: MapData | null): void {
    this.maps.show(first, second);
    this.redraw();
  }

  get slice(): number {
    return this.viewport.getCurrentImageIdIndex();
  }

  scroll(by: number): void {
    scrollBy(this.viewport, by);
  }

  goTo(slice: number): void {
    if (!this.series) return;
    const nearest = Math.min(Math.max(slice, 0), this.series.slices - 1);
    void this.viewport.setImageIdIndex(nearest).catch(() => this.reportError());
  }

  invert(): void {
    this.viewport.setProperties({ invert: !this.viewport.getProperties().invert });
    this.viewport.render();
  }

  get voi(): Types.VOIRange {
    return this.viewport.getProperties().voiRange ?? this.series!.presets[0];
  }

  set voi(range: Types.VOIRange) {
    this.viewport.setProperties({ voiRange: range });
    this.viewport.render();
  }

  /** Position and values of the pixel under a point of the pane. */
  pixelAt(canvas: [number, number]): string {
    if (!this.series || !this.hasImage) return "";
    const [row, column] = this.camera.toImage(canvas).map(Math.round);
    const { rows, columns } = this.series;
    if (row < 0 || column < 0 || row >= rows || column >= columns) return "";
    const image = cache.getImage(this.viewport.getCurrentImageId());
    const value = image?.getPixelData()[row * columns + column];
    return pixelCaption(row, column, value, this.maps.on(this.slice)?.valueAt([row, column]) ?? null);
  }

  private storeWindow(): void {
    // A new stack has Cornerstone's own window at first, which is not the reader's.
    if (!this.series || this.loading) return;
    this.shared.windows.set(this.series.uid, this.voi);
    this.changed();
  }

  redraw(): void {
    const { series, slice } = this;
    if (!series || !this.hasImage) return;
    const { clientWidth: width, clientHeight: height } = this.element;
    const { level, labels, outlines, crop, swipe, blinked, mapStyle: style } = this.shared;
    const { toCanvas } = this.camera;
    const labelMap = this.shared.labelMapOf(series.uid);
    this.drawing.draw({ series, slice, width, height, level, labels, outlines, crop, labelMap, toCanvas });
    this.maps.paint({ slice, width, height, style, swipe, blinked, toCanvas });
    this.describe(series);
  }

  private describe(series: SeriesData): void {
    const { slice } = this;
    const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(this.voi.lower, this.voi.upper);
    const position = series.oriented ? ` · ${slicePosition(series, slice)}` : "";
    this.position.textContent = `${slice + 1} / ${series.slices}${position}`;
    this.window.textContent = `W ${formatValue(windowWidth)}  C ${formatValue(windowCenter)}`;
    const map = this.maps.on(slice);
    this.root.setAttribute("aria-label", `${series.name}${map ? `, with ${map.map.name}` : ""}, slice ${slice + 1} of ${series.slices}`);
    this.root.dataset.slice = String(slice);
    this.root.dataset.series = series.uid;
    this.root.dataset.loaded = String(this.maps.loaded);
  }
}
