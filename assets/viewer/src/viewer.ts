// The viewer: its panes, what links them, and the messages from and to Python.
import { getShouldUseCPURendering } from "@cornerstonejs/core";

import type { Commands, Toggle, ViewerState } from "./commands";
import type { Component, EditedOutline, ImagePoint, KeyImage, Layout, SeriesData, ViewerData } from "./data";
import { html } from "./dom";
import { theEngine } from "./engine";
import { FullWindow } from "./full_window";
import { helpDialog } from "./help";
import { forgetImages, register } from "./images";
import { KeyImages } from "./key_images";
import { runKey } from "./keys";
import { gridOf, isVisible, type Arrangement } from "./layout";
import { EDIT_TOOLS, isEditTool } from "./edit_tools";
import { LEFT_TOOLS } from "./left_tools";
import { Links } from "./links";
import { forgetMaps, type MapStyle } from "./map_layer";
import { MapComparing } from "./map_comparing";
import * as measurements from "./measurements";
import { MouseTools, play, stop, type ActiveTool } from "./mouse_tools";
import { OutlineEditor } from "./outline_editor";
import { Pane, type Shared } from "./pane";
import { Reporter } from "./reporter";
import { TabState } from "./tab_state";
import { Toolbar } from "./toolbar";

const FRAMES_PER_SECOND = 8;

const tab = new TabState();

let viewers = 0;

export class Viewer implements Commands, ViewerState {
  readonly root = html("div", { class: "viewer" });
  private readonly id = `spinelens-${++viewers}`;
  private readonly shared: Shared = {
    level: "", labels: true, outlines: false, mapStyle: tab.mapStyle, swipe: null, blinked: false, windows: tab.windows,
    crop: null, zoomedToRegion: tab.zoomedToRegion, labelMapOf: (uid) => this.outlines.mapOf(uid),
  };
  private readonly grid = html("div", { class: "panes" });
  private readonly status = html("div", { class: "status", "aria-live": "polite" });
  private readonly pixel = html("div", { class: "probe" });
  private readonly dialog = helpDialog();
  private readonly keyImages = new KeyImages(tab, (key) => this.openKeyImage(key), () => this.reporter.report());
  private readonly comparison = new MapComparing(this.shared, () => this.refreshMaps(), () => this.redraw());
  readonly mouse: MouseTools;
  private readonly toolbar: Toolbar;
  private readonly links = new Links(this.id);
  private readonly window = new FullWindow(this.root, () => this.active?.root.focus());
  private readonly resized = new ResizeObserver(() => this.resize());
  private readonly reporter = new Reporter(this.root, () => this.values(), () => tab.store(this.series));
  private readonly stopListening = measurements.onChange(this.reporter.report);
  private readonly outlines: OutlineEditor;
  panes: Pane[] = [];
  private data: ViewerData | null = null;
  private linksPositions = false;
  active: Pane | null = null;
  layout: Layout = 1;
  enlarged = false;
  playing = false;

  constructor() {
    theEngine();
    this.root.dataset.renderer = getShouldUseCPURendering() ? "cpu" : "webgl";
    this.mouse = new MouseTools(this.id);
    this.outlines = new OutlineEditor(this);
    this.toolbar = new Toolbar(this, this);
    const below = html("div", { class: "below" }, this.status, this.pixel);
    this.root.append(this.toolbar.root, this.outlines.bar.root, this.grid, below, this.keyImages.root, this.dialog);
    // In the capture phase: markers hide their keys from Cornerstone, and so from the bubbling phase.
    this.root.addEventListener("keydown", (event) => {
      if (this.outlines.key(event) || runKey(this, event)) event.preventDefault();
    }, { capture: true });
  }

  get series(): SeriesData[] {
    return this.data?.series ?? [];
  }

  get linked(): boolean {
    return this.data?.linked ?? false;
  }

  get hasMaps(): boolean {
    return Object.keys(this.data?.maps ?? {}).length > 0;
  }

  get leftTool(): ActiveTool {
    return this.mouse.left;
  }

  get outlinesEditable(): boolean {
    return this.outlines.offered;
  }

  get editsOutlines(): boolean {
    return this.outlines.on;
  }

  get fillsWindow(): boolean {
    return this.window.on;
  }

  get toggled(): Record<Toggle, boolean> {
    return { labels: this.shared.labels, outlines: this.shared.outlines, position: this.linksPositions };
  }

  get region(): "crop" | "spine" | null {
    if (this.shared.crop) return "crop";
    return this.series.some(({ spine }) => spine) ? "spine" : null;
  }

  get zoomedToRegion(): boolean {
    return this.shared.zoomedToRegion;
  }

  get mapStyle(): MapStyle {
    return this.shared.mapStyle;
  }

  get swiping(): boolean {
    return this.comparison.swiping;
  }

  private get visible(): Pane[] {
    return this.panes.filter((pane) => !pane.root.hidden);
  }

  private get arrangement(): Arrangement {
    const active = this.active ? this.panes.indexOf(this.active) : 0;
    return { panes: this.panes.length, active, layout: this.layout, linked: this.linked, enlarged: this.enlarged };
  }

  /** Takes over a message from Python. What is on the screen already is not rebuilt. */
  update(component: Component): void {
    const { data } = component;
    const before = this.data;
    this.reporter.component = component;
    this.data = data;
    if (data.study !== tab.study) this.openStudy(data);
    if (!before) this.begin(data);
    tab.recallWindows(data.series);
    data.series.forEach(register);
    [this.shared.crop, this.shared.level] = [data.crop, data.level];
    this.root.classList.toggle("placing", data.place !== "");
    if (before?.panes.length !== data.panes.length) this.build(data);
    const moved = before !== null && data.move.serial !== before.move.serial;
    this.showSeries(before, moved);
    if (before) this.refreshSeries(before);
    if (data.linked) data.panes.forEach(({ title }, i) => this.panes[i].picker.replaceChildren(html("option", {}, title)));
    if (moved) this.applyMove(data);
    if (before && JSON.stringify(before.crop) !== JSON.stringify(data.crop)) this.goToCrop();
    this.refreshMaps();
    this.outlines.update(data);
    this.refresh();
  }

  private begin(data: ViewerData): void {
    this.reporter.known("keys", data.keys);
    this.reporter.known("measured", data.measured);
    this.reporter.known("measurements", []);
    this.layout = data.linked ? data.layout : tab.layout ?? data.layout;
    this.shared.labels = !data.linked;
  }

  private openStudy(data: ViewerData): void {
    if (tab.study) {
      forgetImages();
      forgetMaps();
      measurements.removeEverything();
    }
    tab.openStudy(data.study, data.keys);
    measurements.restore(data.measured);
  }

  private build(data: ViewerData): void {
    this.links.clear();
    this.resized.disconnect();
    for (const pane of this.panes) pane.end();
    this.panes = data.panes.map((_, i) => this.newPane(i));
    this.grid.replaceChildren(...this.panes.map((pane) => pane.root));
    this.arrangePanes();
    for (const pane of this.panes) {
      pane.start();
      this.resized.observe(pane.root);
      this.mouse.add(pane);
      this.listen(pane);
    }
    this.activate(this.panes[0]);
  }

  private newPane(index: number): Pane {
    const pane: Pane = new Pane(`${this.id}-${index}`, this.shared, {
      select: (level) => this.reporter.component?.setTriggerValue("disc", level),
      movable: () => this.data?.editable ?? false,
      move: (level, canvas) => this.placeDisc(pane, level, canvas),
    }, () => this.paneChanged(pane));
    return pane;
  }

  private listen(pane: Pane): void {
    pane.root.addEventListener("pointerdown", () => this.activate(pane));
    pane.root.addEventListener("focusin", () => this.activate(pane));
    pane.root.addEventListener("contextmenu", (event) => event.preventDefault());
    pane.element.addEventListener("dblclick", () => this.enlarge());
    pane.element.addEventListener("pointermove", (event) => {
      this.pixel.textContent = pane.pixelAt(within(pane, event));
    });
    // Before Cornerstone's own tools receive the press.
    for (const name of ["pointerdown", "mousedown"] as const)
      pane.element.addEventListener(name, (event) => {
        if (!this.data?.place || event.button !== 0) return;
        event.stopPropagation();
        if (name === "pointerdown") this.placeDisc(pane, this.data.place, within(pane, event));
      }, { capture: true });
    pane.picker.onchange = () => this.showIn(pane, pane.picker.value);
  }

  private placeDisc(pane: Pane, level: string, canvas: [number, number]): void {
    const [row, column] = pane.camera.toImage(canvas);
    this.reporter.component?.setTriggerValue("placed", { level, series: pane.series!.uid, slice: pane.slice, row, column });
  }

  private showSeries(before: ViewerData | null, moved: boolean): void {
    const { panes, move } = this.data!;
    panes.forEach(({ series }, i) => {
      const same = before?.panes.length === panes.length && before.panes[i].series === series;
      if (!same) this.showIn(this.panes[i], series, moved ? move.slices[series] : undefined);
    });
  }

  /** The slice at which the reader left a series, which may not have been reported to Python. */
  private lastSlice(uid: string): number | undefined {
    const { linked, slices, move } = this.data!;
    return !linked && move.serial === tab.serial ? tab.slices[uid] ?? slices[uid] : slices[uid];
  }

  private showIn(pane: Pane, uid: string, slice = this.lastSlice(uid)): void {
    const series = this.series.find((one) => one.uid === uid);
    if (!series) return;
    this.offerSeries(pane, uid);
    pane.picker.disabled = this.linked || this.series.length < 2;
    if (this.linked) this.links.pause();
    void pane.show(series, slice ?? Math.floor(series.slices / 2)).then((current) => current && this.link());
  }

  private offerSeries(pane: Pane, uid: string): void {
    pane.picker.replaceChildren(...this.series.map(({ uid: value, name }) => html("option", { value, selected: value === uid }, name)));
  }

  /** Names, marks and outlines may have changed although pixels have not. */
  private refreshSeries(before: ViewerData): void {
    const renamed = this.series.some(({ name }, i) => name !== before.series[i]?.name);
    for (const pane of this.panes) {
      const series = this.series.find(({ uid }) => uid === pane.series?.uid);
      if (!series) continue;
      if (renamed) this.offerSeries(pane, series.uid);
      pane.refresh(series);
    }
  }

  private applyMove({ move }: ViewerData): void {
    for (const pane of this.panes) {
      const uid = pane.series?.uid ?? "";
      if (!(uid in move.slices) || !pane.hasImage) continue;
      pane.goTo(move.slices[uid]);
      const center: ImagePoint | undefined = move.centers[uid];
      if (center) pane.camera.center(center);
    }
  }

  /** Another disc is selected: the network received another part of the slices. */
  private goToCrop(): void {
    const { crop } = this.shared;
    if (crop) this.unlinked((pane) => {
      pane.goTo(crop.slice);
      pane.camera.home();
    });
  }

  /** Moves each visible pane on its own: linked panes would move each other away. */
  private unlinked(place: (pane: Pane) => void): void {
    this.links.pause();
    for (const pane of this.visible) if (pane.hasImage) place(pane);
    this.link();
  }

  private link(): void {
    if (this.linked && this.panes.some(({ loading }) => loading)) return;
    // Panes behind an enlarged one follow it as well.
    if (this.linked) this.links.link(this.panes, "view");
    else this.links.link(this.visible, this.linksPositions ? "position" : "none");
    // Cornerstone's CPU path cannot draw lines in a pane that has no image yet.
    const loaded = this.visible.every(({ hasImage }) => hasImage);
    if (!this.linked) this.mouse.showReferenceLines(loaded ? this.active : null);
    theEngine().renderViewports(this.visible.map(({ id }) => id));
  }

  private activate(pane: Pane): void {
    if (this.active === pane) return;
    this.active = pane;
    for (const one of this.panes) one.root.classList.toggle("active", one === pane);
    if (pane.series) this.link();
    this.refresh();
  }

  arrange(layout: Layout): void {
    if (this.linked) return;
    [this.layout, this.enlarged, this.window.on] = [layout, false, false];
    tab.layout = layout;
    this.reporter.report();
    this.arrangePanes();
  }

  enlarge(): void {
    [this.enlarged, this.window.on] = [!this.enlarged, false];
    this.arrangePanes();
  }

  fillWindow(): void {
    this.window.on = !this.window.on;
    this.enlarged = this.window.on;
    this.arrangePanes();
    this.active?.root.focus();
  }

  leaveEnlarged(): boolean {
    if (!this.enlarged) return false;
    this.enlarge();
    this.active?.root.focus();
    return true;
  }

  private arrangePanes(): void {
    const { arrangement } = this;
    this.panes.forEach((pane, i) => {
      pane.root.hidden = !isVisible(i, arrangement);
    });
    const { layout, across } = gridOf(arrangement);
    this.grid.dataset.layout = layout;
    this.grid.style.setProperty("--across", String(across));
    if (this.active?.root.hidden) this.activate(this.panes[0]);
    this.refresh();
  }

  private resize(): void {
    if (!this.grid.clientWidth) return;
    const views = new Map(this.visible.map((pane) => [pane, pane.camera.fittedView]));
    theEngine().resize(true, true);
    this.unlinked((pane) => {
      pane.camera.resized(views.get(pane) ?? null);
      pane.redraw();
    });
  }

  chooseTool(tool: ActiveTool): void {
    this.mouse.choose(tool);
    this.outlines.showContours();
    this.announce((isEditTool(tool) ? EDIT_TOOLS[tool] : LEFT_TOOLS[tool]).words);
    this.outlines.refresh();
  }

  preset(index: number): void {
    const preset = this.active?.series?.presets[index];
    if (this.active && preset) this.active.voi = { lower: preset.lower, upper: preset.upper };
  }

  editOutlines(): void {
    this.outlines.toggle();
  }

  send(edits: { name: string; outlines: EditedOutline[] }): void {
    this.reporter.component?.setTriggerValue("outlines", edits);
  }

  toggle(what: Toggle): void {
    if (what === "position") {
      this.linksPositions = !this.linksPositions;
      this.link();
    } else this.shared[what] = !this.shared[what];
    this.redraw();
    this.refresh();
  }

  zoomToRegion(on: boolean): void {
    tab.zoomedToRegion = this.shared.zoomedToRegion = on;
    this.reporter.report();
    this.unlinked((pane) => pane.camera.home());
    this.refresh();
  }

  playOrStop(): void {
    if (!this.active) return;
    if (this.playing) for (const pane of this.panes) stop(pane);
    else play(this.active, FRAMES_PER_SECOND);
    this.playing = !this.playing;
    this.refresh();
  }

  setMapStyle(style: Partial<MapStyle>): void {
    Object.assign(this.shared.mapStyle, style);
    this.reporter.report();
    this.redraw();
  }

  setSwipe(fraction: number): void {
    this.comparison.setSwipe(fraction);
  }

  compareMaps(how: "swipe" | "blink"): void {
    this.comparison.compare(how);
    this.refresh();
  }

  markKeyImage(): void {
    const pane = this.active;
    if (!pane?.series || this.linked) return;
    if (this.keyImages.mark(pane.series, pane.slice)) this.announce(`Key image: ${pane.series.name}, slice ${pane.slice + 1}`);
  }

  private openKeyImage(key: KeyImage): void {
    const pane = this.visible.find(({ series }) => series?.uid === key.series) ?? this.active;
    if (!pane) return;
    this.activate(pane);
    if (pane.series?.uid === key.series) pane.goTo(key.slice);
    else this.showIn(pane, key.series, key.slice);
  }

  removeMeasurements(which: "selected" | "all"): void {
    measurements.remove(which);
    theEngine().render();
  }

  help(): void {
    this.dialog.showModal();
  }

  announce(words: string): void {
    this.status.textContent = words;
  }

  private refreshMaps(): void {
    this.comparison.show(this.panes, this.data!);
  }

  /** What Python stores. Linked panes report what an earlier viewer could not before its page was turned. */
  private values(): Record<string, unknown> {
    const values = { keys: tab.keyImages, measured: measurements.serialised(), measurements: measurements.summaries() };
    if (this.linked) return values;
    const shown = this.panes.filter((pane) => pane.series);
    const slices = Object.fromEntries(shown.map((pane) => [pane.series!.uid, pane.slice]));
    return { ...values, view: { series: this.active?.series?.uid ?? "", slices } };
  }

  private paneChanged(pane: Pane): void {
    if (!this.linked && pane.series) {
      tab.serial = this.data!.move.serial;
      tab.slices[pane.series.uid] = pane.slice;
    }
    if (pane === this.active) this.toolbar.refreshWindow();
    this.outlines.sync();
    this.reporter.report();
  }

  redraw(): void {
    for (const pane of this.visible) pane.redraw();
  }

  refresh(): void {
    this.root.classList.toggle("editing", this.outlines.on);
    this.toolbar.refresh();
    this.keyImages.refresh(this.linked ? [] : this.series);
  }

  end(): void {
    this.comparison.end();
    this.resized.disconnect();
    this.stopListening();
    this.reporter.end();
    this.window.end();
    this.outlines.end();
    if (this.playing) for (const pane of this.panes) stop(pane);
    this.links.clear();
    this.mouse.end();
    for (const pane of this.panes) pane.end();
  }
}

function within(pane: Pane, event: MouseEvent): [number, number] {
  const box = pane.element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
