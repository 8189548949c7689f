// The scale bar of a pane.
import type { ImagePoint, SeriesData } from "./data";
import { svg } from "./dom";

/** Lengths in mm that a scale bar may have. */
const LENGTHS = [100, 50, 20, 10, 5, 2, 1];
/** Fraction of the pane's height that the bar may take. */
const MAX_FRACTION = 0.35;
const RIGHT_MARGIN = 30;
/** Room for the words of the slice position below the bar. */
const BOTTOM_MARGIN = 44;
const TICK = 4;

/** The longest length in mm whose bar is shorter than `MAX_FRACTION` of the pane. */
export function barLength(pixelsPerMillimetre: number, paneHeight: number): number {
  return LENGTHS.find((length) => length * pixelsPerMillimetre < paneHeight * MAX_FRACTION) ?? 1;
}

export function barWords(millimetres: number): string {
  return millimetres >= 10 ? `${millimetres / 10} cm` : `${millimetres} mm`;
}

export function scaleBar(
  series: Pick<SeriesData, "spacing">, toCanvas: (point: ImagePoint) => [number, number], width: number, height: number,
): SVGElement[] {
  const [[x0, y0], [x1, y1]] = [toCanvas([0, 0]), toCanvas([1, 0])];
  const perMillimetre = Math.hypot(x1 - x0, y1 - y0) / series.spacing[0];
  const length = barLength(perMillimetre, height);
  const pixels = length * perMillimetre;
  const x = width - RIGHT_MARGIN;
  const bottom = Math.min(height * 0.7 + pixels / 2, height - BOTTOM_MARGIN);
  const path = `M${x - TICK} ${bottom}h${2 * TICK}M${x} ${bottom}v${-pixels}M${x - TICK} ${bottom - pixels}h${2 * TICK}`;
  return [
    svg("path", { d: path, class: "scale", "data-millimetres": length, "data-pixels": pixels }),
    svg("text", { x, y: bottom + 14, class: "scale-words" }, barWords(length)),
  ];
}
