// The words on a pane: slice position, window, pixel under the pointer.
import type { SeriesData } from "./data";
import { normalOf } from "./geometry";

const DIRECTIONS = ["RL", "AP", "FH"];

/** Where the slice lies along the patient's axis that it is numbered by, as a radiologist writes it: L 12.5 mm. */
export function slicePosition(series: Pick<SeriesData, "rowDirection" | "columnDirection" | "positions">, slice: number): string {
  const normal = normalOf(series).map(Math.abs);
  const axis = normal.indexOf(Math.max(...normal));
  const value = series.positions[slice][axis];
  return `${DIRECTIONS[axis][value < 0 ? 0 : 1]} ${Math.abs(value).toFixed(1)} mm`;
}

/** Three significant digits, or a whole number from 100 on. */
export function formatValue(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function pixelCaption(row: number, column: number, value: number | undefined, relevance: number | null): string {
  const words = `row ${row}, column ${column}: ${value === undefined ? "" : formatValue(value)}`;
  return relevance === null ? words : `${words}, map ${relevance.toPrecision(3)}`;
}
