// What Python hands over (pages/shared/viewer_data.py) and what goes back to it.

export type Place = [row: number, column: number];
export type Point3 = [number, number, number];

export interface Preset {
  name: string;
  lower: number;
  upper: number;
}

/** A disc of the reading: its slice, its middle, and the side on which its label stands clear of the spine. */
export interface Mark {
  level: string;
  slice: number;
  center: Place;
  label: Place;
}

export interface Outline {
  slice: number;
  structure: string;
  points: Place[];
}

export interface SeriesData {
  uid: string;
  name: string;
  description: string;
  address: string;
  type: "uint8" | "int16" | "uint16" | "float32";
  slices: number;
  rows: number;
  columns: number;
  /** Between rows and between columns, in mm; of one pixel where `millimetres` is false. */
  spacing: [number, number];
  millimetres: boolean;
  /** False where positions are made up and letters of orientation would lie. */
  oriented: boolean;
  positions: Point3[];
  rowDirection: Point3;
  columnDirection: Point3;
  frame: string;
  inverted: boolean;
  sigmoid: boolean;
  presets: Preset[];
  marks: Mark[];
  outlines: Outline[];
}

export type Frame = [number, number, number, number, number, number];

/** What the networks saw of a slice: panes open on it, and its edge is drawn. */
export interface Crop {
  slice: number;
  corners: Place[];
}

export interface MapData {
  name: string;
  address: string;
  /** The slice that it explains; the others show no map. */
  slice: number;
  /** From (row, column) of the map to those of the slice: row = [0] r + [1] c + [2], column = [3] r + [4] c + [5]. */
  frame: Frame;
  rows: number;
  columns: number;
  signed: boolean;
  /** Value of full colour; 0 for an empty map. */
  scale: number;
  /** 256 colours as #rrggbb, from the lowest to the highest value. */
  colours: string[];
}

export interface PaneData {
  series: string;
  title: string;
  map: string | null;
}

/** Where Python wants the panes to be; obeyed once per serial number. */
export interface Move {
  serial: number;
  slices: Record<string, number>;
  centers: Record<string, Place>;
}

export interface KeyImage {
  series: string;
  slice: number;
  note: string;
}

/** A measurement as Cornerstone draws it. Python keeps them, so that a reload of the page does not lose them. */
export interface Measured {
  annotationUID: string;
  metadata: Record<string, unknown>;
  data: Record<string, unknown>;
}

export interface ViewerData {
  study: string;
  measured: Measured[];
  series: SeriesData[];
  panes: PaneData[];
  /** Panes of one look: same slice, zoom and window. */
  linked: boolean;
  layout: Layout;
  level: string;
  /** The level that the next click places; empty while nothing is placed. */
  place: string;
  /** Whether discs can be dragged. */
  editable: boolean;
  crop: Crop | null;
  /** The slice to open each series at. */
  slices: Record<string, number>;
  move: Move;
  maps: Record<string, MapData>;
  keys: KeyImage[];
}

export type Layout = 1 | 2 | 3 | 4;

export interface PlacedDisc {
  level: string;
  series: string;
  slice: number;
  row: number;
  column: number;
}

/** What a Streamlit component is called with, at first and after every run of the page. */
export interface Component {
  data: ViewerData;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: (name: string, value: unknown) => void;
  setTriggerValue: (name: string, value: unknown) => void;
}
