// The messages from Python (pages/components/viewer/viewer_data.py) and back to it.

/** Position on a slice in pixels; (0, 0) is the centre of the first pixel. */
export type ImagePoint = [row: number, column: number];
/** Patient coordinates in mm (LPS). */
export type PatientPoint = [number, number, number];

export interface Preset {
  name: string;
  lower: number;
  upper: number;
}

/** A disc of the reading: its slice, its centre, and the position of its label outside the spine. */
export interface Mark {
  level: string;
  slice: number;
  center: ImagePoint;
  label: ImagePoint;
}

export type Structure = "disc" | "vertebra" | "canal";

/** The mask of every structure of one slice, as run lengths (run_length.ts). */
export interface SliceMasks {
  slice: number;
  runs: Record<Structure, number[]>;
}

/** A structure of a slice as the reader drew it. */
export interface EditedOutline {
  series: string;
  slice: number;
  structure: Structure;
  runs: number[];
}

/** Python's answer to the edits that it received last, by the name they were sent with. */
export interface OutlineEdits {
  received: string;
  /** Why they were refused; empty where they are in the reading. */
  refused: string;
}

export interface Outline {
  slice: number;
  structure: string;
  points: ImagePoint[];
}

/** A place that a person marked: a reader's own, or the place to be found, within `radius` pixels. */
export interface PlaceData {
  slice: number;
  center: ImagePoint;
  radius: number;
  words: string;
  kind: "own" | "reference";
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
  /** False where positions are not known; then no orientation letters are shown. */
  oriented: boolean;
  positions: PatientPoint[];
  rowDirection: PatientPoint;
  columnDirection: PatientPoint;
  frame: string;
  inverted: boolean;
  sigmoid: boolean;
  presets: Preset[];
  /** Opposite corners of the box that a sagittal pane opens on: the discs, or the body before a reading. */
  spine: [ImagePoint, ImagePoint] | null;
  marks: Mark[];
  outlines: Outline[];
  /** The segmented slices of a series whose outlines can be edited. */
  masks?: SliceMasks[];
  /** Drawn on their slices, whatever is switched off. */
  places?: PlaceData[];
}

/** From (row, column) of a map to those of the slice: row = [0] r + [1] c + [2], column = [3] r + [4] c + [5]. */
export type MapTransform = [number, number, number, number, number, number];

/** The crop of a slice that the network receives: panes open on it, and its edge is drawn. */
export interface Crop {
  slice: number;
  corners: ImagePoint[];
}

export interface MapData {
  name: string;
  address: string;
  /** The slice that the map explains; other slices show no map. */
  slice: number;
  frame: MapTransform;
  rows: number;
  columns: number;
  signed: boolean;
  /** Value of full colour; 0 for an empty map. */
  scale: number;
  /** What positive relevance speaks for, in a few words. */
  target: string;
  /** 256 colours as #rrggbb, from the lowest to the highest value. */
  colours: string[];
}

export interface PaneData {
  series: string;
  title: string;
  map: string | null;
}

/** Slices and centres that Python requests; applied once per serial number. */
export interface Move {
  serial: number;
  slices: Record<string, number>;
  centers: Record<string, ImagePoint>;
}

export interface KeyImage {
  series: string;
  slice: number;
  note: string;
}

/** A measurement as Cornerstone draws it. Python stores it, so that a reload of the page does not lose it. */
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
  /** Panes of one finding: same slice, zoom and window. */
  linked: boolean;
  layout: Layout;
  level: string;
  /** The level whose disc the next click places; empty at other times. */
  place: string;
  /** Whether discs can be dragged. */
  editable: boolean;
  /** Null where outlines cannot be edited. */
  outlineEdits: OutlineEdits | null;
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

/** The argument of a Streamlit component, at first and after every run of the page. */
export interface Component {
  data: ViewerData;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: (name: string, value: unknown) => void;
  setTriggerValue: (name: string, value: unknown) => void;
}
