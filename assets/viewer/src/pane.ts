// One pane: a stack viewport with what is drawn over it.
import { cache, Enums, utilities, type StackViewport, type Types } from "@cornerstonejs/core";
import { utilities as toolUtilities } from "@cornerstonejs/tools";

import type { Crop, MapData, Place, SeriesData } from "./data";
import { html } from "./dom";
import { Drawing, type MarkActions } from "./drawing";
import { theEngine } from "./engine";
import { toPlace, toWorld } from "./geometry";
import { imageIds } from "./images";
import { MapLayer, type Look } from "./maps";

/** What all panes of a viewer share. */
export interface Shared {
  level: string;
  labels: boolean;
  outlines: boolean;
  look: Look;
  /** Share of the pane's width to which the second map is drawn, or null: no swipe. */
  swipe: number | null;
  /** Shows the second map alone: the other half of a blink. */
  blinked: boolean;
  crop: Crop | null;
  /** Whether panes open on the crop instead of the whole slice. */
  onCrop: boolean;
  marks: (pane: Pane) => MarkActions;
  windows: Map<string, Types.VOIRange>;
  changed: (pane: Pane) => void;
}

/** Share of the pane that the crop fills: its edge stays in sight. */
const INSET = 0.96;

export class Pane {
  readonly element = html("div", { class: "viewport" });
  readonly root: HTMLDivElement;
  viewport!: StackViewport;
  series: SeriesData | null = null;
  loading = false;
  private shows = 0;
  private readonly drawing: Drawing;
  private readonly maps = html("canvas", { class: "maps", "aria-hidden": "true" });
  private readonly position = html("div", { class: "corner position" });
  private readonly window = html("div", { class: "corner window" });
  readonly picker = html("select", { class: "picker", "aria-label": "Series of this pane" });
  private readonly bar = html("div", { class: "bar", "aria-hidden": "true" });
  private readonly complaint = html("div", { class: "complaint", role: "alert" });
  private first: MapLayer | null = null;
  private second: MapLayer | null = null;
  /** Width and height that Cornerstone draws for: while the pane changes its size the element is ahead of it. */
  private size: [number, number] = [0, 0];
  /** Where the last fit put the slice; null before the pane has had a size. */
  private fitted: { middle: Place; height: number } | null = null;

  constructor(readonly id: string, private readonly shared: Shared) {
    this.drawing = new Drawing(shared.marks(this));
    this.root = html("div", { class: "pane", tabindex: "0", role: "application", "data-slice": "" },
      this.element, html("div", { class: "corner heading" }, this.picker, this.bar), this.position, this.window, this.complaint);
  }

  /** Call once `root` is on the page: the viewport must have a size when Cornerstone takes it. */
  start(): void {
    theEngine().enableElement({ viewportId: this.id, type: Enums.ViewportType.STACK, element: this.element });
    this.viewport = theEngine().getViewport(this.id) as StackViewport;
    this.element.append(this.maps, this.drawing.layer);
    this.element.addEventListener(Enums.Events.IMAGE_RENDERED, () => this.redraw());
    this.element.addEventListener(Enums.Events.STACK_NEW_IMAGE, () => this.shared.changed(this));
    this.element.addEventListener(Enums.Events.VOI_MODIFIED, () => this.keepWindow());
  }

  end(): void {
    if (this.viewport) theEngine().disableElement(this.id);
  }

  async show(series: SeriesData, slice: number): Promise<void> {
    // Not told by `series`, which every run of the page replaces.
    const shows = ++this.shows;
    this.series = series;
    this.loading = true;
    this.complaint.textContent = "";
    try {
      await this.viewport.setStack(imageIds(series), slice);
    } catch {
      this.complain();
    }
    if (this.shows !== shows) return;
    this.loading = false;
    if (this.complaint.textContent) return;
    const { lower, upper } = this.shared.windows.get(series.uid) ?? series.presets[0];
    this.viewport.setProperties({ voiRange: { lower, upper } });
    this.home();
    // Cornerstone takes another stack for a step within the last one, and fetches ahead on that side only; asked again
    // without a step it fetches on both.
    toolUtilities.stackContextPrefetch.enable(this.element);
    toolUtilities.stackContextPrefetch.enable(this.element);
    this.shared.changed(this);
  }

  complain(): void {
    this.complaint.textContent = "This slice could not be loaded. Reload the page if the session has ended.";
  }

  overlay(first: MapData | null, second: MapData | null): void {
    if (this.first?.map.address !== first?.address) this.first = first && new MapLayer(first, () => this.redraw());
    if (this.second?.map.address !== second?.address) this.second = second && new MapLayer(second, () => this.redraw());
    this.bar.replaceChildren(...(first && first.scale > 0 ? scale(first) : []));
    this.redraw();
  }

  get slice(): number {
    return this.viewport.getCurrentImageIdIndex();
  }

  /** Exactly one step of the stack per call, however fast the calls come. */
  scroll(by: number): void {
    utilities.scroll(this.viewport, { delta: by, debounceLoading: true });
  }

  goTo(slice: number): void {
    if (this.series) void this.viewport.setImageIdIndex(Math.min(Math.max(slice, 0), this.series.slices - 1)).catch(() => this.complain());
  }

  toCanvas = (place: Place): [number, number] => {
    return this.viewport.worldToCanvas(toWorld(this.series!, this.slice, place)) as [number, number];
  };

  placeAt(canvas: [number, number]): Place {
    return toPlace(this.series!, this.slice, this.viewport.canvasToWorld(canvas));
  }

  /** Brings a place to the middle, as far as the slice reaches; what is in sight as a whole stays where it is. */
  center(place: Place): void {
    const { rows, columns } = this.series!;
    const corners = [this.toCanvas([-0.5, -0.5]), this.toCanvas([rows - 0.5, columns - 0.5])];
    const sizes = [this.element.clientWidth, this.element.clientHeight];
    const [dx, dy] = this.toCanvas(place).map((at, i) => {
      const [low, high] = [corners[0][i], corners[1][i]].sort((a, b) => a - b);
      const free = sizes[i] - (high - low);
      return free >= -1 ? (free / 2 - low) : Math.min(Math.max(sizes[i] / 2 - at, sizes[i] - high), -low);
    });
    this.pan(dx, dy);
  }

  zoom(by: number): void {
    this.viewport.setZoom(this.viewport.getZoom() * by);
    this.viewport.render();
  }

  pan(x: number, y: number): void {
    const [panX, panY] = this.viewport.getPan();
    this.viewport.setPan([panX + x, panY + y]);
    this.viewport.render();
  }

  /** True where the slice is shown as it was fitted: then it is fitted again when the pane changes its size. */
  get whole(): boolean {
    if (!this.viewport.getCornerstoneImage()) return false;
    const { rotation, flipHorizontal, flipVertical } = this.viewport.getViewPresentation();
    if (!this.fitted) return true;
    const { middle, height } = this.place;
    const moved = Math.hypot(...middle.map((at, i) => at - this.fitted!.middle[i]));
    const zoomed = Math.abs(height / this.fitted.height - 1);
    return moved < 1 && zoomed < 0.01 && Math.round(rotation ?? 0) % 360 === 0 && !flipHorizontal && !flipVertical;
  }

  sized(whole: boolean): void {
    this.size = [this.element.clientWidth, this.element.clientHeight];
    if (whole) this.home();
    else this.redraw();
  }

  /** As the pane opens: on the crop, else on the whole slice. */
  home(): void {
    this.fit();
    const { crop, onCrop } = this.shared;
    if (!crop || !onCrop || !this.fitted) return;
    const { clientWidth, clientHeight } = this.element;
    const [[left, right], [top, bottom]] = spans(crop.corners.map(this.toCanvas));
    const room = Math.min(clientWidth / (right - left), clientHeight / (bottom - top));
    // The camera itself: pan and zoom are relative to where the camera began, which differs between linked panes.
    const { focalPoint, position } = this.viewport.getCamera();
    const middle = this.viewport.canvasToWorld([(left + right) / 2, (top + bottom) / 2]);
    const away = middle.map((at, i) => position![i] + at - focalPoint![i]) as Types.Point3;
    this.viewport.setCamera({ focalPoint: middle, position: away, parallelScale: this.tall / 2 / (room * INSET) });
    this.viewport.render();
    this.fitted = this.place;
  }

  private get place(): { middle: Place; height: number } {
    const [width, height] = this.size;
    return { middle: this.placeAt([width / 2, height / 2]), height: this.tall };
  }

  /** Millimetres from the pane's top to its bottom. The camera's own number is stale in Cornerstone's CPU path. */
  private get tall(): number {
    const [top, bottom] = [0, this.size[1]].map((y) => this.viewport.canvasToWorld([0, y]));
    return Math.hypot(...top.map((at, i) => at - bottom[i]));
  }

  fit(): void {
    this.viewport.setViewPresentation({ rotation: 0, flipHorizontal: false, flipVertical: false });
    this.viewport.resetCamera();
    this.size = [this.element.clientWidth, this.element.clientHeight];
    const hidden = this.size[0] === 0;
    this.fitted = hidden ? null : this.place;
    this.viewport.render();
  }

  /** One pixel of the slice, across, on one pixel of the screen. */
  oneToOne(): void {
    const [[x0, y0], [x1, y1]] = [this.toCanvas([0, 0]), this.toCanvas([0, 1])];
    this.zoom(1 / (Math.hypot(x1 - x0, y1 - y0) * window.devicePixelRatio));
  }

  turn(): void {
    this.viewport.setViewPresentation({ rotation: (this.viewport.getViewPresentation().rotation! + 90) % 360 });
    this.viewport.render();
  }

  flip(direction: "flipHorizontal" | "flipVertical"): void {
    this.viewport.setViewPresentation({ [direction]: !this.viewport.getViewPresentation()[direction] });
    this.viewport.render();
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

  /** What lies under a point of the pane, in words. */
  probe(canvas: [number, number]): string {
    if (!this.series || !this.viewport.getCornerstoneImage()) return "";
    const [row, column] = this.placeAt(canvas).map(Math.round);
    const { rows, columns } = this.series;
    if (row < 0 || column < 0 || row >= rows || column >= columns) return "";
    const image = cache.getImage(this.viewport.getCurrentImageId());
    const value = image?.getPixelData()[row * columns + column];
    const relevance = this.first?.map.slice === this.slice ? this.first.valueAt([row, column]) : null;
    const words = `row ${row}, column ${column}: ${value === undefined ? "" : format(value)}`;
    return relevance == null ? words : `${words}, map ${relevance.toPrecision(3)}`;
  }

  private keepWindow(): void {
    // A new stack has a window of Cornerstone's own at first: it is not the reader's.
    if (!this.series || this.loading) return;
    this.shared.windows.set(this.series.uid, this.voi);
    this.shared.changed(this);
  }

  redraw(): void {
    const { series } = this;
    if (!series || !this.viewport.getCornerstoneImage()) return;
    const { clientWidth: width, clientHeight: height } = this.element;
    const { level, labels, outlines, crop } = this.shared;
    const { slice, toCanvas } = this;
    this.drawing.draw({ series, slice, width, height, level, labels, outlines, crop, toCanvas });
    this.paintMaps(width, height);
    this.describe(series);
  }

  private paintMaps(width: number, height: number): void {
    const ratio = window.devicePixelRatio;
    if (!this.first && !this.second) {
      this.maps.width = 0;
      return;
    }
    [this.maps.width, this.maps.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const canvas = this.maps.getContext("2d")!;
    canvas.scale(ratio, ratio);
    const { swipe, blinked, look } = this.shared;
    const edge = this.second && swipe !== null ? swipe * width : blinked && this.second ? 0 : width;
    this.paintPart(canvas, this.first, 0, edge, height, look);
    this.paintPart(canvas, this.second, edge, this.second && (swipe !== null || blinked) ? width : edge, height, look);
  }

  private paintPart(
    canvas: CanvasRenderingContext2D, layer: MapLayer | null, from: number, to: number, height: number, look: Look,
  ): void {
    if (!layer || to <= from || layer.map.slice !== this.slice) return;
    canvas.save();
    canvas.beginPath();
    canvas.rect(from, 0, to - from, height);
    canvas.clip();
    layer.paint(canvas, look, this.toCanvas);
    canvas.restore();
  }

  private describe(series: SeriesData): void {
    const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(this.voi.lower, this.voi.upper);
    const number = `${this.slice + 1} / ${series.slices}`;
    const across = series.oriented ? ` · ${offset(series, this.slice)}` : "";
    this.position.textContent = `${number}${across}`;
    this.window.textContent = `W ${format(windowWidth)}  C ${format(windowCenter)}`;
    const map = this.first?.map.slice === this.slice ? `, with ${this.first.map.name}` : "";
    this.root.setAttribute("aria-label", `${series.name}${map}, slice ${this.slice + 1} of ${series.slices}`);
    this.root.dataset.slice = String(this.slice);
    this.root.dataset.series = series.uid;
    this.root.dataset.loaded = String([this.first, this.second].every((layer) => !layer || layer.there));
  }
}

/** The map's colours, and what they mean. */
function scale({ signed, colours }: MapData): HTMLElement[] {
  const stops = colours.filter((_, i) => i % 15 === 0).join(", ");
  const ramp = html("i", { style: `background: linear-gradient(to right, ${stops})` });
  return [html("span", {}, signed ? "against" : "0"), ramp, html("span", {}, "for")];
}

/** Lowest and highest of each coordinate. */
function spans(points: [number, number][]): [number, number][] {
  return [0, 1].map((i) => [Math.min(...points.map((p) => p[i])), Math.max(...points.map((p) => p[i]))]);
}

/** Where the slice lies along the axis it is numbered by, as a radiologist writes it: L 12.5 mm. */
function offset(series: SeriesData, slice: number): string {
  const [x, y, z] = series.rowDirection;
  const [u, v, w] = series.columnDirection;
  const normal = [y * w - z * v, z * u - x * w, x * v - y * u].map(Math.abs);
  const axis = normal.indexOf(Math.max(...normal));
  const value = series.positions[slice][axis];
  return `${["RL", "AP", "FH"][axis][value < 0 ? 0 : 1]} ${Math.abs(value).toFixed(1)} mm`;
}

export function format(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
