// The attribution maps of one pane: its own, and the one that it is compared with.
import type { ImagePoint, MapData } from "./data";
import { html } from "./dom";
import { MapLayer, type MapStyle } from "./map_layer";

/** How two maps share a pane. */
export interface MapComparison {
  /** Fraction of the pane's width to which the first map is drawn, or null: no swipe. */
  swipe: number | null;
  /** Shows the second map alone: the other half of a blink. */
  blinked: boolean;
}

export interface MapView extends MapComparison {
  slice: number;
  width: number;
  height: number;
  style: MapStyle;
  toCanvas: (point: ImagePoint) => [number, number];
}

/** The first map is drawn from 0 to `edge`, the second from there to the pane's right side, if at all. */
export function mapEdge(width: number, { swipe, blinked }: MapComparison, hasSecond: boolean): number {
  if (!hasSecond) return width;
  if (swipe !== null) return swipe * width;
  return blinked ? 0 : width;
}

export class MapOverlay {
  readonly canvas = html("canvas", { class: "maps", "aria-hidden": "true" });
  readonly colourBar = html("div", { class: "bar", "aria-hidden": "true" });
  private first: MapLayer | null = null;
  private second: MapLayer | null = null;

  constructor(private readonly redraw: () => void) {}

  show(first: MapData | null, second: MapData | null): void {
    this.first = this.layer(this.first, first);
    this.second = this.layer(this.second, second);
    this.colourBar.replaceChildren(...(first && first.scale > 0 ? colourBar(first) : []));
  }

  private layer(current: MapLayer | null, map: MapData | null): MapLayer | null {
    // The same values may come under another name or on another scale: a blinded map that has been named.
    if (JSON.stringify(current?.map ?? null) === JSON.stringify(map)) return current;
    return map && new MapLayer(map, this.redraw);
  }

  get loaded(): boolean {
    return [this.first, this.second].every((layer) => !layer || layer.loaded);
  }

  /** The pane's own map on this slice. */
  on(slice: number): MapLayer | null {
    return this.first?.map.slice === slice ? this.first : null;
  }

  paint(view: MapView): void {
    if (!this.first && !this.second) {
      this.canvas.width = 0;
      return;
    }
    const { width, height } = view;
    const ratio = window.devicePixelRatio;
    [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = this.canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    const edge = mapEdge(width, view, this.second !== null);
    paintPart(context, this.first, view, 0, edge);
    paintPart(context, this.second, view, edge, width);
  }
}

function paintPart(context: CanvasRenderingContext2D, layer: MapLayer | null, view: MapView, from: number, to: number): void {
  if (!layer || to <= from || layer.map.slice !== view.slice) return;
  context.save();
  context.beginPath();
  context.rect(from, 0, to - from, view.height);
  context.clip();
  layer.paint(context, view.style, view.toCanvas);
  context.restore();
}

/** The map's colours, and what they mean. */
function colourBar({ signed, colours, target }: MapData): HTMLElement[] {
  const stops = colours.filter((_, i) => i % 15 === 0).join(", ");
  const ramp = html("i", { style: `background: linear-gradient(to right, ${stops})` });
  return [html("span", {}, signed ? "against" : "0"), ramp, html("span", {}, target ? `for: ${target}` : "for")];
}
