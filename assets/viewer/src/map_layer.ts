// An attribution map over a slice. It is drawn on a 2D canvas, since Cornerstone's CPU path takes no second image.
// Colour, opacity and threshold follow spine_core/explanation/overlay.py and need no server.
import type { MapData, ImagePoint } from "./data";
import { fromMap, toMap } from "./geometry";
import { fetchPixels } from "./pixels";

export interface MapStyle {
  opacity: number;
  /** Fraction of the map's peak below which nothing is shown. */
  threshold: number;
}

const values = new Map<string, Promise<Float32Array>>();

export function forgetMaps(): void {
  values.clear();
}

function mapValues(map: MapData): Promise<Float32Array> {
  const count = map.rows * map.columns;
  const loaded = values.get(map.address) ?? (fetchPixels(`${map.address}/0`, "float32", count) as Promise<Float32Array>);
  values.set(map.address, loaded);
  return loaded;
}

/** RGBA of a map at full opacity, (rows, columns, 4); see `colour` in overlay.py. */
export function toColours(map: Pick<MapData, "scale" | "signed" | "colours">, relevance: Float32Array, threshold: number): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * relevance.length);
  if (!(map.scale > 0)) return rgba;
  const colours = map.colours.map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
  relevance.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const fraction = Math.min(1, Math.max(map.signed ? -1 : 0, value / map.scale));
    if (fraction === 0 || Math.abs(fraction) < threshold) return;
    const position = map.signed ? (fraction + 1) / 2 : fraction;
    rgba.set(colours[Math.min(255, Math.floor(position * 256))], 4 * i);
    rgba[4 * i + 3] = 255;
  });
  return rgba;
}

/** One map, coloured anew only when its threshold changes. */
export class MapLayer {
  private readonly image = document.createElement("canvas");
  private relevance: Float32Array | null = null;
  private drawn = "";

  constructor(readonly map: MapData, ready: () => void) {
    this.image.width = map.columns;
    this.image.height = map.rows;
    void mapValues(map).then((relevance) => {
      this.relevance = relevance;
      ready();
    });
  }

  /** Whether its values have arrived, so that it can be painted. */
  get loaded(): boolean {
    return this.relevance !== null;
  }

  /** Relevance at a position of the slice. */
  valueAt(point: ImagePoint): number | null {
    const [r, c] = toMap(this.map.frame, point).map(Math.round);
    if (!this.relevance || r < 0 || c < 0 || r >= this.map.rows || c >= this.map.columns) return null;
    const value = this.relevance[r * this.map.columns + c];
    return Number.isNaN(value) ? null : value;
  }

  paint(canvas: CanvasRenderingContext2D, style: MapStyle, toCanvas: (point: ImagePoint) => [number, number]): void {
    if (!this.relevance) return;
    if (this.drawn !== String(style.threshold)) {
      this.image.getContext("2d")!.putImageData(new ImageData(toColours(this.map, this.relevance, style.threshold), this.map.columns), 0, 0);
      this.drawn = String(style.threshold);
    }
    const on = (point: ImagePoint) => toCanvas(fromMap(this.map.frame, point));
    const [x, y] = on([-0.5, -0.5]);
    const [right, down] = [on([-0.5, 0.5]), on([0.5, -0.5])];
    canvas.save();
    canvas.transform(right[0] - x, right[1] - y, down[0] - x, down[1] - y, x, y);
    canvas.globalAlpha = style.opacity;
    canvas.drawImage(this.image, 0, 0);
    canvas.restore();
  }
}
