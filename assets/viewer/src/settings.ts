// The reader's settings. The tab stores them over a reload: numbers only and no name of a series, since a browser may
// write them to its disk.
import type { Types } from "@cornerstonejs/core";

import type { Layout, SeriesData } from "./data";

const KEY = "spinelens-viewer";

export interface Settings {
  layout: Layout | null;
  opacity: number;
  threshold: number;
  zoomedToRegion: boolean;
  /** By `windowKey`. */
  windows: Record<string, Types.VOIRange>;
}

export function storedSettings(): Partial<Settings> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Settings>;
  } catch {
    return {};
  }
}

export function storeSettings(settings: Settings): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Storage is blocked or full: a reload then shows the study as it opens.
  }
}

/** Part of the address of the pixels, which differs in every session and names nobody. */
export function windowKey(series: Pick<SeriesData, "address">): string {
  return series.address.slice(-16);
}
