// What outlives a viewer: a reader who leaves the page and comes back finds it unchanged. A reload of the tab finds the
// settings again (settings.ts).
import type { Types } from "@cornerstonejs/core";

import type { KeyImage, Layout, SeriesData } from "./data";
import type { MapStyle } from "./map_layer";
import { storedSettings, storeSettings, windowKey } from "./settings";

export class TabState {
  study = "";
  readonly windows = new Map<string, Types.VOIRange>();
  layout: Layout | null;
  readonly mapStyle: MapStyle;
  zoomedToRegion: boolean;
  keyImages: KeyImage[] = [];
  /** The serial number of the last applied move; the slices that the reader scrolled to since. */
  serial = -1;
  slices: Record<string, number> = {};
  /** By `windowKey`. */
  private storedWindows: Record<string, Types.VOIRange>;

  constructor() {
    const { layout, opacity, threshold, zoomedToRegion, windows } = storedSettings();
    this.layout = layout ?? null;
    this.mapStyle = { opacity: opacity ?? 0.55, threshold: threshold ?? 0.2 };
    this.zoomedToRegion = zoomedToRegion ?? true;
    this.storedWindows = windows ?? {};
  }

  /** Another study: its windows, slices and key images are its own, layout and map style stay. */
  openStudy(study: string, keyImages: KeyImage[]): void {
    if (this.study) this.storedWindows = {};
    this.windows.clear();
    [this.study, this.slices, this.keyImages] = [study, {}, keyImages];
  }

  recallWindows(series: readonly SeriesData[]): void {
    for (const one of series) {
      const window = this.storedWindows[windowKey(one)];
      if (window && !this.windows.has(one.uid)) this.windows.set(one.uid, window);
    }
  }

  store(series: readonly SeriesData[]): void {
    for (const one of series) {
      const window = this.windows.get(one.uid);
      if (window) this.storedWindows[windowKey(one)] = window;
    }
    const { layout, mapStyle, zoomedToRegion, storedWindows: windows } = this;
    storeSettings({ layout, ...mapStyle, zoomedToRegion, windows });
  }
}
