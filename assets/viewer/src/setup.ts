// How the reader set the viewer up. The tab keeps it, so that a reload finds it again: numbers alone, since a browser
// may write them to its disk, and no name of a series.
import type { Types } from "@cornerstonejs/core";

import type { Layout, SeriesData } from "./data";

const KEY = "spinelens-viewer";

export interface Setup {
  layout: Layout | null;
  opacity: number;
  threshold: number;
  onCrop: boolean;
  /** By a piece of the address, which is another one in every session. */
  windows: Record<string, Types.VOIRange>;
}

export function setupKept(): Partial<Setup> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Setup>;
  } catch {
    return {};
  }
}

export function keepSetup(setup: Setup): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(setup));
  } catch {
    // A reload then shows the study as it opens.
  }
}

export function windowName(series: SeriesData): string {
  return series.address.slice(-16);
}
