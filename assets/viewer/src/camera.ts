// What part of a slice a pane shows: zoom, pan, rotation, and the views that a pane returns to.
import { utilities, type StackViewport, type Types } from "@cornerstonejs/core";

import type { ImagePoint, SeriesData } from "./data";
import { extent, fitFactor, shiftToCenter, toImage, toWorld } from "./geometry";

/** Fraction of the pane that the region fills: its edge stays visible. */
const INSET = 0.96;
/** Fraction of the pane at each edge in which a disc counts as hidden. */
const EDGE = 0.04;

/** The series in the pane, its slice, and the region (corners) on which the pane opens. */
export interface Shown {
  series: SeriesData;
  slice: number;
  region: readonly ImagePoint[] | null;
}

/** The views that a pane keeps when it changes its size: the one it opens with, and the whole slice. */
export type FittedView = "home" | "whole";

interface Fitted {
  view: FittedView;
  middle: ImagePoint;
  height: number;
}

export class Camera {
  /** Width and height that Cornerstone draws for: while the pane changes its size the element is ahead of it. */
  private size: [number, number] = [0, 0];
  /** The last fitted view; null before the pane has a size. */
  private fitted: Fitted | null = null;

  constructor(
    private readonly viewport: StackViewport, private readonly element: HTMLElement, private readonly shown: () => Shown,
  ) {}

  readonly toCanvas = (point: ImagePoint): [number, number] => {
    const { series, slice } = this.shown();
    return this.viewport.worldToCanvas(toWorld(series, slice, point)) as [number, number];
  };

  toImage(canvas: [number, number]): ImagePoint {
    const { series, slice } = this.shown();
    return toImage(series, slice, this.viewport.canvasToWorld(canvas));
  }

  /** Brings a point to the middle, as far as the slice reaches; a point that the home view shows stays where it is. */
  center(point: ImagePoint): void {
    const { rows, columns } = this.shown().series;
    const [x, y] = this.toCanvas(point);
    const sizes = this.elementSize;
    const visible = [x, y].every((at, i) => at > EDGE * sizes[i] && at < (1 - EDGE) * sizes[i]);
    if (visible && this.fittedView) return;
    const [across, down] = extent([this.toCanvas([-0.5, -0.5]), this.toCanvas([rows - 0.5, columns - 0.5])]);
    this.pan(shiftToCenter(x, ...across, sizes[0]), shiftToCenter(y, ...down, sizes[1]));
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

  /** The fitted view that is shown unchanged, or null after the reader moved or zoomed the slice. */
  get fittedView(): FittedView | null {
    if (!this.viewport.getCornerstoneImage()) return null;
    if (!this.fitted) return "home";
    const { rotation, flipHorizontal, flipVertical } = this.viewport.getViewPresentation();
    const { middle, height } = this.current;
    const moved = Math.hypot(...middle.map((at, i) => at - this.fitted!.middle[i]));
    const zoomed = Math.abs(height / this.fitted.height - 1);
    const upright = Math.round(rotation ?? 0) % 360 === 0 && !flipHorizontal && !flipVertical;
    return upright && moved < 1 && zoomed < 0.01 ? this.fitted.view : null;
  }

  /** Call after Cornerstone has resized, with the fitted view from before. */
  resized(view: FittedView | null): void {
    this.size = this.elementSize;
    if (view === "home") this.home();
    if (view === "whole") this.fit();
  }

  /** As the pane opens: on the region, else on the whole slice. */
  home(): void {
    this.fit();
    if (!this.fitted) return;
    const { region } = this.shown();
    if (region) this.zoomTo(region);
    this.fitted = { ...this.current, view: "home" };
  }

  private zoomTo(region: readonly ImagePoint[]): void {
    const [[left, right], [top, bottom]] = extent(region.map(this.toCanvas));
    const factor = INSET * fitFactor([right - left, bottom - top], this.elementSize);
    // The camera itself: pan and zoom are relative to where the camera began, which differs between linked panes.
    const { focalPoint, position } = this.viewport.getCamera();
    const middle = this.viewport.canvasToWorld([(left + right) / 2, (top + bottom) / 2]);
    const moved = middle.map((at, i) => position![i] + at - focalPoint![i]) as Types.Point3;
    this.viewport.setCamera({ focalPoint: middle, position: moved, parallelScale: this.visibleHeight / 2 / factor });
    this.viewport.render();
  }

  /** The whole slice, upright. */
  fit(): void {
    this.viewport.setViewPresentation({ rotation: 0, flipHorizontal: false, flipVertical: false });
    this.viewport.resetCamera();
    this.size = this.elementSize;
    this.fitted = this.size[0] === 0 ? null : { ...this.current, view: "whole" };
    this.viewport.render();
  }

  /** One pixel of the slice, across, on one pixel of the screen. */
  oneToOne(): void {
    const [[x0, y0], [x1, y1]] = [this.toCanvas([0, 0]), this.toCanvas([0, 1])];
    this.zoom(1 / (Math.hypot(x1 - x0, y1 - y0) * window.devicePixelRatio));
  }

  /** A quarter turn. */
  rotate(): void {
    this.viewport.setViewPresentation({ rotation: (this.viewport.getViewPresentation().rotation! + 90) % 360 });
    this.viewport.render();
  }

  flip(direction: "flipHorizontal" | "flipVertical"): void {
    this.viewport.setViewPresentation({ [direction]: !this.viewport.getViewPresentation()[direction] });
    this.viewport.render();
  }

  private get elementSize(): [number, number] {
    return [this.element.clientWidth, this.element.clientHeight];
  }

  private get current(): { middle: ImagePoint; height: number } {
    const [width, height] = this.size;
    return { middle: this.toImage([width / 2, height / 2]), height: this.visibleHeight };
  }

  /** Millimetres from the pane's top to its bottom. The camera's own number is stale in Cornerstone's CPU path. */
  private get visibleHeight(): number {
    const [top, bottom] = [0, this.size[1]].map((y) => this.viewport.canvasToWorld([0, y]));
    return Math.hypot(...top.map((at, i) => at - bottom[i]));
  }
}

/** Exactly one step of the stack per call, however fast the calls come. */
export function scrollBy(viewport: StackViewport, delta: number): void {
  utilities.scroll(viewport, { delta, debounceLoading: true });
}
