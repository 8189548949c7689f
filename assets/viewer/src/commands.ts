// What the keyboard and the toolbar can do with a viewer, and what they show of its state.
import type { Layout, SeriesData } from "./data";
import type { MapStyle } from "./map_layer";
import type { ActiveTool } from "./mouse_tools";
import type { Pane } from "./pane";

export type Toggle = "labels" | "outlines" | "position";

export interface Commands {
  readonly active: Pane | null;
  chooseTool(tool: ActiveTool): void;
  preset(index: number): void;
  arrange(layout: Layout): void;
  /** Shows the active pane alone, or all panes again. */
  enlarge(): void;
  /** Lets the active pane cover the browser window, or puts it back. */
  fillWindow(): void;
  /** Leaves the full window or the enlarged pane; false where neither is on. */
  leaveEnlarged(): boolean;
  toggle(what: Toggle): void;
  /** Starts to edit outlines, or ends it where nothing would be lost. */
  editOutlines(): void;
  /** Zooms every pane to its home region (the network's crop, the spine), or shows whole slices. */
  zoomToRegion(on: boolean): void;
  playOrStop(): void;
  markKeyImage(): void;
  compareMaps(how: "swipe" | "blink"): void;
  setSwipe(fraction: number): void;
  setMapStyle(style: Partial<MapStyle>): void;
  removeMeasurements(which: "selected" | "all"): void;
  help(): void;
}

export interface ViewerState {
  readonly active: Pane | null;
  readonly leftTool: ActiveTool;
  readonly layout: Layout;
  readonly enlarged: boolean;
  readonly fillsWindow: boolean;
  /** Panes of one finding: same slice, zoom and window. */
  readonly linked: boolean;
  readonly toggled: Readonly<Record<Toggle, boolean>>;
  /** What the panes can be zoomed to, and whether they are. */
  readonly region: "crop" | "spine" | null;
  readonly zoomedToRegion: boolean;
  /** Whether outlines can be edited, and whether they are. */
  readonly outlinesEditable: boolean;
  readonly editsOutlines: boolean;
  readonly playing: boolean;
  readonly series: readonly SeriesData[];
  readonly hasMaps: boolean;
  readonly mapStyle: Readonly<MapStyle>;
  readonly swiping: boolean;
}
