// Maps of relevance over a slice. They are drawn on a 2D canvas, since Cornerstone's CPU path takes no second image:
// one way for both. Colour, opacity and threshold follow spine_core/explanation/overlay.py and need no server.
import type { MapData, Place } from "./data";
import { fromMap, toMap } from "./geometry";
import { fetchArray } from "./images";

export interface Look {
  opacity: number;
  /** Share of the map's peak below which nothing is shown. */
  threshold: number;
}

const values = new Map<string, Promise<Float32Array>>();

export function forgetMaps(): void {
  values.clear();
}

export function mapValues(map: MapData): Promise<Float32Array> {
  const there = values.get(map.address) ?? (fetchArray(`${map.address}/0`, "float32") as Promise<Float32Array>);
  values.set(map.address, there);
  return there;
}

/** RGBA of a map at full opacity; see `colour` in overlay.py. */
export function coloured(map: MapData, relevance: Float32Array, threshold: number): ImageData {
  const picture = new ImageData(map.columns, map.rows);
  if (!(map.scale > 0)) return picture;
  const colours = map.colours.map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
  relevance.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const share = Math.min(1, Math.max(map.signed ? -1 : 0, value / map.scale));
    if (share === 0 || Math.abs(share) < threshold) return;
    const place = map.signed ? (share + 1) / 2 : share;
    picture.data.set(colours[Math.min(255, Math.floor(place * 256))], 4 * i);
    picture.data[4 * i + 3] = 255;
  });
  return picture;
}

/** One map, coloured anew only when its threshold changes. */
export class MapLayer {
  private readonly picture = document.createElement("canvas");
  private relevance: Float32Array | null = null;
  private drawn = "";

  constructor(readonly map: MapData, ready: () => void) {
    this.picture.width = map.columns;
    this.picture.height = map.rows;
    void mapValues(map).then((relevance) => {
      this.relevance = relevance;
      ready();
    });
  }

  /** Whether its values have come, so that it can be painted. */
  get there(): boolean {
    return this.relevance !== null;
  }

  /** Relevance at a place of the slice. */
  valueAt(place: Place): number | null {
    const [r, c] = toMap(this.map.frame, place).map(Math.round);
    if (!this.relevance || r < 0 || c < 0 || r >= this.map.rows || c >= this.map.columns) return null;
    const value = this.relevance[r * this.map.columns + c];
    return Number.isNaN(value) ? null : value;
  }

  paint(canvas: CanvasRenderingContext2D, look: Look, toCanvas: (place: Place) => [number, number]): void {
    if (!this.relevance) return;
    if (this.drawn !== String(look.threshold)) {
      this.picture.getContext("2d")!.putImageData(coloured(this.map, this.relevance, look.threshold), 0, 0);
      this.drawn = String(look.threshold);
    }
    const on = (place: Place) => toCanvas(fromMap(this.map.frame, place));
    const [x, y] = on([-0.5, -0.5]);
    const [right, down] = [on([-0.5, 0.5]), on([0.5, -0.5])];
    canvas.save();
    canvas.transform(right[0] - x, right[1] - y, down[0] - x, down[1] - y, x, y);
    canvas.globalAlpha = look.opacity;
    canvas.drawImage(this.picture, 0, 0);
    canvas.restore();
  }
}
