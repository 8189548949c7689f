// Editing of outlines: Cornerstone's brush, eraser and sculptor on the label maps of the reading, undo, and what goes to
// Python.
import { eventTarget, utilities } from "@cornerstonejs/core";
import { Enums, segmentation, utilities as toolUtilities } from "@cornerstonejs/tools";

import type { EditedOutline, Structure, ViewerData } from "./data";
import { EDIT_TOOL_NAMES, EDIT_TOOLS, INTERPOLATE, isEditTool, type EditTool } from "./edit_tools";
import { STRUCTURES, type LabelMap } from "./label_map";
import { writeStructure, type LabelMemo } from "./label_writing";
import type { ActiveTool, MouseTools } from "./mouse_tools";
import { OutlineBar, type OutlineActions } from "./outline_bar";
import { OutlineState } from "./outline_state";
import type { Pane } from "./pane";
import { Sculptor } from "./sculptor";
import * as segmentations from "./segmentations";
import { interpolated } from "./slice_interpolation";

const { DefaultHistoryMemo } = utilities.HistoryMemo;
/** Strokes that can be undone. */
const HISTORY = 50;

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
  private readonly shown = new Map<string, LabelMap>();
  private readonly sculptor: Sculptor;

  constructor(private readonly host: EditorHost) {
    this.sculptor = new Sculptor(host.mouse.id, () => state.radius, ({ map, structure }, slice, inside) => {
      this.record([writeStructure(map, slice, structure, inside, (one) => state.isLocked(one))]);
      this.notify(map);
    });
    eventTarget.addEventListener(Enums.Events.SEGMENTATION_DATA_MODIFIED, this.onModified);
  }

  /** Whether the page lets outlines be edited, and some are there. */
  get offered(): boolean {
    return this.data?.outlineEdits != null && this.data.series.some(({ masks }) => masks);
  }

  get on(): boolean {
    return state.on && this.offered;
  }

  /** The label map that a pane draws instead of outlines. */
  readonly mapOf = (uid: string): LabelMap | null => (this.on ? state.maps.get(uid) ?? null : null);

  /** Call after every run of the page. Edits stay until Python has them, or the reader drops them. */
  update(data: ViewerData): void {
    this.data = data;
    if (!this.offered) return this.sync();
    const { received, refused } = data.outlineEdits!;
    const answered = state.sent !== "" && state.sent === received;
    if (answered) state.sent = "";
    const unedited = state.edits().length === 0;
    if (!state.holds(data.study) || (answered && !refused) || (unedited && state.outdated(data.series))) this.start();
    if (answered) this.host.announce(refused || "The outlines are in the reading.");
    this.sync();
  }

  private start(): void {
    if (!this.data) return;
    this.detach();
    state.take(this.data.study, this.data.series);
    DefaultHistoryMemo.size = HISTORY;
  }

  toggle(): void {
    if (!this.offered) return;
    if (state.on && state.edits().length) return this.host.announce("Apply or discard the changed outlines first.");
    state.on = !state.on;
    if (state.on) this.start();
    this.host.chooseTool(state.on ? "brush" : "window");
    this.sync();
  }

  /** Shows each pane the label map of its series. */
  sync(): void {
    const panes = this.host.panes.filter((pane) => this.shown.get(pane.id) !== this.wanted(pane));
    for (const pane of panes) {
      const [before, map] = [this.shown.get(pane.id), this.wanted(pane)];
      if (before) this.hide(pane.id, before);
      if (map) this.show(pane.id, map);
      pane.redraw();
    }
    this.showContours();
    this.refresh();
  }

  private wanted(pane: Pane): LabelMap | undefined {
    return pane.series && pane.hasImage && !pane.loading ? this.mapOf(pane.series.uid) ?? undefined : undefined;
  }

  private show(paneId: string, map: LabelMap): void {
    if (![...this.shown.values()].includes(map)) segmentations.addSegmentation(map);
    segmentations.showIn(paneId, map);
    this.shown.set(paneId, map);
    this.configure();
  }

  private hide(paneId: string, map: LabelMap): void {
    segmentations.hideIn(paneId, map);
    this.shown.delete(paneId);
    if (![...this.shown.values()].includes(map)) segmentations.removeSegmentation(map);
  }

  private detach(): void {
    for (const [paneId, map] of [...this.shown]) this.hide(paneId, map);
  }

  private configure(): void {
    for (const map of new Set(this.shown.values())) {
      segmentations.activate(map, state.structure);
      for (const structure of STRUCTURES) segmentations.lock(map, structure, state.isLocked(structure));
    }
    toolUtilities.segmentation.setBrushSizeForToolGroup(this.host.mouse.id, state.radius);
    this.showContours();
    this.refresh();
  }

  /** What the sculptor pushes: the contours of the structure on the slices that are shown. */
  showContours(): void {
    const panes = this.host.mouse.left === "sculpt" ? this.host.panes.filter(({ id }) => this.shown.has(id)) : [];
    this.sculptor.show(panes.map(({ id, viewport }) => ({ viewport, map: this.shown.get(id)!, structure: state.structure })));
    for (const pane of panes) pane.viewport.render();
  }

  /** Adds what was written to the history, as one step. */
  private record(memos: readonly (LabelMemo | null)[]): void {
    const written = memos.filter((memo) => memo !== null);
    if (!written.length) return;
    DefaultHistoryMemo.startGroupRecording();
    for (const memo of written) DefaultHistoryMemo.push(memo as never);
    DefaultHistoryMemo.endGroupRecording();
  }

  private notify(map: LabelMap): void {
    segmentation.triggerSegmentationEvents.triggerSegmentationDataModified(map.id);
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

  refresh(): void {
    this.bar.refresh(this.host.mouse.left, DefaultHistoryMemo);
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
    DefaultHistoryMemo.undo();
  }

  redo(): void {
    DefaultHistoryMemo.redo();
  }

  async interpolate(): Promise<void> {
    const pane = this.host.active;
    const map = pane && this.shown.get(pane.id);
    if (!pane || !map) return;
    const { structure } = state;
    const found = await interpolated(pane.viewport, map, structure);
    this.record(found.map(({ slice, inside }) => writeStructure(map, slice, structure, inside, (one) => state.isLocked(one))));
    this.notify(map);
    const slices = found.map(({ slice }) => slice + 1).join(", ");
    this.host.announce(found.length ? `Interpolated: slice ${slices}` : NOTHING_BETWEEN);
  }

  apply(): void {
    const outlines = state.edits();
    if (!outlines.length || state.sent) return;
    state.sent = `${Date.now()}`;
    this.host.send({ name: state.sent, outlines });
    this.refresh();
  }

  discard(): void {
    this.start();
    this.sync();
  }

  /** Runs the keys that edit; true where a key did something. */
  key(event: KeyboardEvent): boolean {
    const { tagName } = event.composedPath()[0] as Element;
    if (!this.on || ["INPUT", "SELECT", "TEXTAREA"].includes(tagName)) return false;
    const pressed = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (!["z", "y"].includes(pressed)) return false;
      if (pressed === "y" || event.shiftKey) this.redo();
      else this.undo();
      return true;
    }
    const tool = EDIT_TOOL_NAMES.find((name) => EDIT_TOOLS[name].key === pressed);
    if (tool) this.choose(tool);
    if (pressed === INTERPOLATE) void this.interpolate();
    return tool !== undefined || pressed === INTERPOLATE;
  }

  end(): void {
    eventTarget.removeEventListener(Enums.Events.SEGMENTATION_DATA_MODIFIED, this.onModified);
    this.sculptor.end();
    if (isEditTool(this.host.mouse.left)) this.host.mouse.choose("window");
    this.detach();
  }
}
