// Editing of outlines: Cornerstone's brush, eraser and sculptor on the label maps of the reading, and what goes to Python.
import { eventTarget } from "@cornerstonejs/core";
import { Enums, segmentation, utilities as toolUtilities } from "@cornerstonejs/tools";

import type { EditedOutline, Structure, ViewerData } from "./data";
import { runEditKey } from "./edit_keys";
import { isEditTool, type EditTool } from "./edit_tools";
import type { LabelMap } from "./label_map";
import { writeStructure } from "./label_writing";
import type { ActiveTool, MouseTools } from "./mouse_tools";
import { OutlineBar, type OutlineActions } from "./outline_bar";
import { OutlineHistory } from "./outline_history";
import { OutlinePanes } from "./outline_panes";
import { OutlineState } from "./outline_state";
import type { Pane } from "./pane";
import { Sculptor } from "./sculptor";
import { interpolated } from "./slice_interpolation";

/** After this long without an answer the edits can be sent again. */
const ANSWER_MS = 30_000;

const NOTHING_BETWEEN = "Edit the same part of the structure on two slices first; those between them are then filled.";

const state = new OutlineState();

export interface EditorHost {
  readonly panes: readonly Pane[];
  readonly active: Pane | null;
  readonly mouse: MouseTools;
  chooseTool(tool: ActiveTool): void;
  redraw(): void;
  refresh(): void;
  announce(words: string): void;
  send(edits: { name: string; outlines: EditedOutline[] }): void;
}

export class OutlineEditor implements OutlineActions {
  readonly bar = new OutlineBar(this, state);
  private data: ViewerData | null = null;
  private readonly panes = new OutlinePanes(state, (uid) => this.mapOf(uid));
  private readonly history = new OutlineHistory((image) => this.goTo(image));
  private readonly sculptor: Sculptor;

  constructor(private readonly host: EditorHost) {
    this.sculptor = new Sculptor(host.mouse.id, () => state.radius, ({ map, structure }, slice, inside) => {
      this.write(map, structure, [{ slice, inside }]);
    });
    eventTarget.addEventListener(Enums.Events.SEGMENTATION_DATA_MODIFIED, this.onModified);
    window.addEventListener("beforeunload", this.onUnload);
  }

  /** A reload would lose the edits: the browser asks first. */
  private readonly onUnload = (event: Event): void => {
    if (state.edits().length) event.preventDefault();
  };

  /** Whether the page lets outlines be edited, and some are there. */
  get offered(): boolean {
    return this.data?.outlineEdits != null && this.data.series.some(({ masks }) => masks);
  }

  get on(): boolean {
    return state.on && this.offered;
  }

  /** The label map that a pane draws instead of outlines. */
  mapOf(uid: string): LabelMap | null {
    return this.on ? state.maps.get(uid) ?? null : null;
  }

  /** Call after every run of the page. Edits stay until Python has them, or the reader drops them. */
  update(data: ViewerData): void {
    this.data = data;
    if (this.offered) this.receive(data);
    this.sync();
    this.refresh();
  }

  private receive(data: ViewerData): void {
    const { received, refused } = data.outlineEdits!;
    const answered = state.sent !== "" && state.sent === received;
    if (answered) state.sent = "";
    const unedited = state.edits().length === 0;
    if (!state.holds(data.study) || (answered && !refused) || (unedited && state.outdated(data.series))) this.start(data);
    if (answered) this.host.announce(refused || "The outlines are in the reading.");
  }

  private start(data: ViewerData): void {
    this.panes.clear();
    state.take(data.study, data.series);
    this.history.clear();
  }

  toggle(): void {
    if (!this.offered) return;
    if (state.on && state.edits().length) return this.host.announce("Apply or discard the changed outlines first.");
    state.on = !state.on;
    if (state.on) this.start(this.data!);
    this.host.chooseTool(state.on ? "brush" : "window");
    this.sync();
    this.refresh();
  }

  /** Shows each pane the label map of its series. */
  sync(): void {
    const before = this.panes.any;
    this.panes.sync(this.host.panes);
    if (before || this.panes.any) this.configure();
  }

  private configure(): void {
    this.panes.configure();
    toolUtilities.segmentation.setBrushSizeForToolGroup(this.host.mouse.id, state.radius);
    this.showContours();
    this.refresh();
  }

  /** What the sculptor pushes: the contours of the structure on the slices that are shown. */
  showContours(): void {
    const sculpts = this.host.mouse.left === "sculpt";
    this.sculptor.show(sculpts ? this.panes.sculpted(state.structure) : []);
    if (sculpts) this.panes.render();
  }

  private readonly onModified = (event: Event): void => {
    const { segmentationId } = (event as CustomEvent<{ segmentationId: string }>).detail;
    const map = [...state.maps.values()].find(({ id }) => id === segmentationId);
    if (!map) return;
    map.version++;
    this.host.redraw();
    this.showContours();
    // The tool adds the stroke to the history after it has announced it.
    requestAnimationFrame(() => this.refresh());
  };

  private write(map: LabelMap, structure: Structure, slices: readonly { slice: number; inside: Set<number> }[]): void {
    const locked = (one: Structure) => state.isLocked(one);
    this.history.add(slices.map(({ slice, inside }) => writeStructure(map, slice, structure, inside, locked)));
    segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(map.id);
  }

  /** To the slice of which something was undone. */
  private goTo(image: string): void {
    const map = [...state.maps.values()].find((one) => one.sliceOf(image) !== null);
    const panes = this.host.panes.filter((pane) => map && this.panes.mapIn(pane) === map && !pane.root.hidden);
    const slice = map?.sliceOf(image) ?? null;
    if (slice !== null && !panes.some((pane) => pane.slice === slice)) panes[0]?.goTo(slice);
  }

  refresh(): void {
    this.bar.refresh(this.host.mouse.left, this.history, this.data?.series ?? []);
    this.host.refresh();
  }

  choose(tool: EditTool): void {
    this.host.chooseTool(tool);
  }

  setStructure(structure: Structure): void {
    state.structure = structure;
    this.configure();
  }

  setRadius(radius: number): void {
    state.radius = radius;
    this.configure();
  }

  setLocked(structure: Structure, locked: boolean): void {
    if (locked) state.locked.add(structure);
    else state.locked.delete(structure);
    this.configure();
  }

  undo(): void {
    this.history.undo();
  }

  redo(): void {
    this.history.redo();
  }

  async interpolate(): Promise<void> {
    const pane = this.host.active;
    const map = this.panes.mapIn(pane);
    if (!pane || !map) return;
    const found = await interpolated(pane.viewport, map, state.structure);
    this.write(map, state.structure, found);
    const slices = found.map(({ slice }) => slice + 1).join(", ");
    this.host.announce(found.length ? `Interpolated: slice ${slices}` : NOTHING_BETWEEN);
  }

  apply(): void {
    const outlines = state.edits();
    if (!outlines.length || state.sent) return;
    const name = (state.sent = String(Date.now()));
    this.host.send({ name, outlines });
    window.setTimeout(() => this.unanswered(name), ANSWER_MS);
    this.refresh();
  }

  private unanswered(name: string): void {
    if (state.sent !== name) return;
    state.sent = "";
    this.host.announce("The outlines were sent without an answer. They are still here: apply them again.");
    this.refresh();
  }

  discard(): void {
    this.start(this.data!);
    this.sync();
  }

  /** Runs the keys that edit; true where a key did something. */
  key(event: KeyboardEvent): boolean {
    return this.on && runEditKey(this, event);
  }

  end(): void {
    eventTarget.removeEventListener(Enums.Events.SEGMENTATION_DATA_MODIFIED, this.onModified);
    window.removeEventListener("beforeunload", this.onUnload);
    this.sculptor.end();
    this.history.end();
    if (isEditTool(this.host.mouse.left)) this.host.mouse.choose("window");
    this.panes.clear();
  }
}
