// Which preset a window is.
import type { Preset } from "./data";

/** A window within this fraction of the preset's width is that preset. */
const TOLERANCE = 1e-3;

/** Index of the preset with this window, or -1 for a window of the reader's own. */
export function presetIndex(presets: readonly Preset[], { lower, upper }: { lower: number; upper: number }): number {
  return presets.findIndex((p) => Math.abs(p.lower - lower) + Math.abs(p.upper - upper) < TOLERANCE * (upper - lower));
}
