// The viewer: its panes, what links them, and the way to Python and back.
import { annotation, Enums as ToolEnums } from "@cornerstonejs/tools";
import { eventTarget, getShouldUseCPURendering, type Types } from "@cornerstonejs/core";

import type { Component, KeyImage, Layout, Place, SeriesData, ViewerData } from "./data";
import { debounced, html } from "./dom";
import { theEngine } from "./engine";
import { forget, register } from "./images";
import { keyList } from "./keyimages";
import { helpDialog, press } from "./keys";
import { Links } from "./links";
import { forgetMaps, type Look } from "./maps";
import { draw, measurements, written } from "./measured";
import { Pane, type Shared } from "./pane";
import { keepSetup, setupKept, windowName } from "./setup";
import { Toolbar } from "./toolbar";
import { Hands, play, stop, LEFT, type LeftTool } from "./tools";

const FRAMES_PER_SECOND = 8;
const BLINK_MS = 700;
/** Linked panes in a row at most; a narrow window has fewer. */
const ACROSS = 4;
/** So long after a press beside the viewer its page may be on the way out. */
const LEAVING_MS = 1000;

const PRESSES = ["pointerdown", "keydown"] as const;

const reloaded = setupKept();

/** What outlives a viewer, so that a reader who leaves the page and comes back finds it as it was. */
const kept = {
  study: "", windows: new Map<string, Types.VOIRange>(), layout: null as Layout | null,
  look: { opacity: reloaded.opacity ?? 0.55, threshold: reloaded.threshold ?? 0.2 } as Look, onCrop: reloaded.onCrop ?? true,
  keys: [] as KeyImage[], serial: -1, slices: {} as Record<string, number>,
  /** By the names of `setup.ts`. */
  setWindows: reloaded.windows ?? {},
};

let count = 0;

export class Viewer {
  readonly root = html("div", { class: "viewer" });
  readonly look: Look = kept.look;
  readonly shared: Shared;
  readonly hands: Hands;
  private readonly toolbar: Toolbar;
  private readonly grid = html("div", { class: "panes" });
  private readonly status = html("div", { class: "status", "aria-live": "polite" });
  private readonly probe = html("div", { class: "probe" });
  private readonly keyRow = html("ul", { class: "keys", "aria-label": "Key images" });
  private readonly dialog = helpDialog();
  private readonly id = `spinelens-${++count}`;
  private readonly links = new Links(this.id);
  private readonly resized = new ResizeObserver(() => this.resize());
  private panes: Pane[] = [];
  private data: ViewerData | null = null;
  private keysShown = "";
  private blink = 0;
  private readonly told = new Map([["keys", "[]"], ["measurements", "[]"]]);
  private elsewhere = -LEAVING_MS;
  private component: Component | null = null;
  active: Pane | null = null;
  layout: Layout = 1;
  enlarged = false;
  position = false;
  playing = false;

  constructor() {
    this.shared = {
      level: "", labels: true, outlines: false, look: this.look, swipe: null, blinked: false, windows: kept.windows,
      crop: null, onCrop: kept.onCrop,
      marks: (pane) => ({
        select: (level) => this.component?.setTriggerValue("disc", level),
        movable: () => this.data?.editable ?? false,
        move: (level, canvas) => this.place(pane, level, canvas),
      }),
      changed: (pane) => this.changed(pane),
    };
    theEngine();
    this.root.dataset.renderer = getShouldUseCPURendering() ? "cpu" : "webgl";
    this.hands = new Hands(this.id);
    this.toolbar = new Toolbar(this);
    this.root.append(this.toolbar.root, this.grid, html("div", { class: "below" }, this.status, this.probe), this.keyRow, this.dialog);
    // On the way down: markers keep their keys from Cornerstone, and so from the way up.
    this.root.addEventListener("keydown", (event) => {
      if (press(this, event)) event.preventDefault();
    }, { capture: true });
    const { ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED } = ToolEnums.Events;
    for (const name of [ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED])
      eventTarget.addEventListener(name, this.tell);
    for (const name of PRESSES) document.addEventListener(name, this.pressedElsewhere, { capture: true });
    window.addEventListener("beforeunload", this.leaving);
  }

  get series(): SeriesData[] {
    return this.data?.series ?? [];
  }

  private get keys(): KeyImage[] {
    return this.linked ? [] : kept.keys;
  }

  get linked(): boolean {
    return this.data?.linked ?? false;
  }

  get hasMaps(): boolean {
    return Object.keys(this.data?.maps ?? {}).length > 0;
  }

  /** Takes over what Python says. Nothing is rebuilt that is on the screen already. */
  update(component: Component): void {
    this.component = component;
    const { data } = component;
    const before = this.data;
    this.data = data;
    if (data.study !== kept.study) this.newStudy(data);
    if (!before) this.told.set("keys", JSON.stringify(data.keys)).set("measured", JSON.stringify(data.measured));
    this.recallWindows(data.series);
    data.series.forEach(register);
    if (!before) {
      this.layout = data.linked ? data.layout : kept.layout ?? data.layout;
      this.shared.labels = !data.linked;
    }
    this.shared.crop = data.crop;
    this.shared.level = data.level;
    this.root.classList.toggle("placing", data.place !== "");
    if (!before || before.panes.length !== data.panes.length) this.build(data);
    const moved = before !== null && data.move.serial !== before.move.serial;
    data.panes.forEach((pane, i) => {
      const same = before?.panes.length === data.panes.length && before.panes[i].series === pane.series;
      if (!same) this.showIn(this.panes[i], pane.series, moved ? data.move.slices[pane.series] : undefined);
    });
    this.refreshSeries(before);
    if (data.linked) data.panes.forEach(({ title }, i) => this.panes[i].picker.replaceChildren(html("option", {}, title)));
    if (moved) this.obey(data);
    if (before && JSON.stringify(before.crop) !== JSON.stringify(data.crop)) this.goToCrop();
    this.refreshMaps();
    this.refresh();
  }

  private newStudy(data: ViewerData): void {
    const first = !kept.study;
    if (!first) {
      forget();
      forgetMaps();
      annotation.state.removeAllAnnotations();
      kept.setWindows = {};
    }
    kept.windows.clear();
    [kept.study, kept.layout, kept.slices] = [data.study, first ? reloaded.layout ?? null : null, {}];
    kept.keys = data.keys;
    draw(data.measured);
  }

  private recallWindows(series: SeriesData[]): void {
    for (const one of series) {
      const window = kept.setWindows[windowName(one)];
      if (window && !kept.windows.has(one.uid)) kept.windows.set(one.uid, window);
    }
  }

  private keepSetup(): void {
    for (const series of this.series) {
      const window = kept.windows.get(series.uid);
      if (window) kept.setWindows[windowName(series)] = window;
    }
    keepSetup({ layout: kept.layout, ...kept.look, onCrop: kept.onCrop, windows: kept.setWindows });
  }

  private build(data: ViewerData): void {
    this.links.clear();
    this.resized.disconnect();
    for (const pane of this.panes) pane.end();
    this.panes = data.panes.map((_, i) => new Pane(`${this.id}-${i}`, this.shared));
    this.grid.replaceChildren(...this.panes.map((pane) => pane.root));
    this.lay();
    for (const pane of this.panes) {
      pane.start();
      this.resized.observe(pane.root);
      this.hands.add(pane);
      this.listen(pane);
    }
    this.activate(this.panes[0]);
  }

  private listen(pane: Pane): void {
    pane.root.addEventListener("pointerdown", () => this.activate(pane));
    pane.root.addEventListener("focusin", () => this.activate(pane));
    pane.root.addEventListener("contextmenu", (event) => event.preventDefault());
    pane.element.addEventListener("dblclick", () => this.enlarge());
    pane.element.addEventListener("pointermove", (event) => {
      this.probe.textContent = pane.probe(within(pane, event));
    });
    // Before Cornerstone's own tools see the press.
    for (const name of ["pointerdown", "mousedown"] as const)
      pane.element.addEventListener(name, (event) => {
        if (!this.data?.place || event.button !== 0) return;
        event.stopPropagation();
        if (name === "pointerdown") this.place(pane, this.data.place, within(pane, event));
      }, { capture: true });
    pane.picker.onchange = () => this.showIn(pane, pane.picker.value);
  }

  private place(pane: Pane, level: string, canvas: [number, number]): void {
    const [row, column] = pane.placeAt(canvas);
    this.component?.setTriggerValue("placed", { level, series: pane.series!.uid, slice: pane.slice, row, column });
  }

  /** Where the reader left a series, which Python may not have been told. */
  private lastSlice(uid: string): number | undefined {
    const { linked, slices, move } = this.data!;
    return !linked && move.serial === kept.serial ? kept.slices[uid] ?? slices[uid] : slices[uid];
  }

  private showIn(pane: Pane, uid: string, slice = this.lastSlice(uid)): void {
    const series = this.series.find((one) => one.uid === uid);
    if (!series) return;
    this.offer(pane, uid);
    pane.picker.disabled = this.linked || this.series.length < 2;
    if (this.linked) this.links.pause();
    void pane.show(series, slice ?? Math.floor(series.slices / 2)).then(() => this.join());
  }

  private offer(pane: Pane, uid: string): void {
    pane.picker.replaceChildren(...this.series.map(({ uid: value, name }) => html("option", { value, selected: value === uid }, name)));
  }

  /** Names, marks and outlines may have changed although pixels have not. */
  private refreshSeries(before: ViewerData | null): void {
    if (!before) return;
    const renamed = this.series.some(({ name }, i) => name !== before.series[i]?.name);
    for (const pane of this.panes) {
      const series = this.series.find(({ uid }) => uid === pane.series?.uid);
      if (!series) continue;
      pane.series = series;
      if (renamed) this.offer(pane, series.uid);
      pane.redraw();
    }
  }

  private obey({ move }: ViewerData): void {
    for (const pane of this.panes) {
      const uid = pane.series?.uid ?? "";
      if (!(uid in move.slices) || !pane.viewport.getCornerstoneImage()) continue;
      pane.goTo(move.slices[uid]);
      const center: Place | undefined = move.centers[uid];
      if (center) pane.center(center);
    }
  }

  /** Another disc, seen by the networks on another part of the slices. */
  private goToCrop(): void {
    const { crop } = this.shared;
    if (crop) this.apart((pane) => {
      pane.goTo(crop.slice);
      pane.home();
    });
  }

  /** Panes that are placed while they are linked push each other away. */
  private apart(put: (pane: Pane) => void): void {
    this.links.pause();
    for (const pane of this.visible) if (pane.viewport.getCornerstoneImage()) put(pane);
    this.join();
  }

  showCrop(on: boolean): void {
    kept.onCrop = this.shared.onCrop = on;
    this.tell();
    this.apart((pane) => pane.home());
    this.refresh();
  }

  get hasCrop(): boolean {
    return this.shared.crop !== null;
  }

  private join(): void {
    if (this.linked && this.panes.some(({ loading }) => loading)) return;
    // Panes that an enlarged one covers follow it all the same.
    if (this.linked) this.links.link(this.panes, "view");
    else this.links.link(this.visible, this.position ? "position" : "none");
    if (!this.linked) this.hands.refer(this.active);
    theEngine().renderViewports(this.visible.map(({ id }) => id));
  }

  private get visible(): Pane[] {
    return this.panes.filter((pane) => !pane.root.hidden);
  }

  activate(pane: Pane): void {
    if (this.active === pane) return;
    this.active = pane;
    for (const one of this.panes) one.root.classList.toggle("active", one === pane);
    if (pane.series) this.join();
    this.refresh();
  }

  arrange(layout: Layout): void {
    if (this.linked) return;
    [this.layout, this.enlarged] = [layout, false];
    kept.layout = layout;
    this.tell();
    this.lay();
  }

  enlarge(): void {
    this.enlarged = !this.enlarged;
    this.lay();
  }

  private lay(): void {
    const shown = this.linked ? this.panes.length : this.layout;
    this.panes.forEach((pane, i) => {
      pane.root.hidden = this.enlarged ? pane !== this.active : i >= shown;
    });
    if (this.active?.root.hidden) this.activate(this.panes[0]);
    const visible = this.visible.length;
    this.grid.dataset.layout = this.enlarged ? "1" : this.linked ? "row" : String(Math.min(this.layout, visible));
    this.grid.style.setProperty("--across", String(Math.min(visible, ACROSS)));
    this.refresh();
  }

  private resize(): void {
    if (!this.grid.clientWidth) return;
    const whole = new Set(this.visible.filter((pane) => pane.whole));
    theEngine().resize(true, true);
    this.apart((pane) => pane.sized(whole.has(pane)));
  }

  choose(tool: LeftTool): void {
    this.hands.choose(tool);
    this.say(LEFT[tool].words);
    this.refresh();
  }

  preset(index: number): void {
    const preset = this.active?.series?.presets[index];
    if (this.active && preset) this.active.voi = { lower: preset.lower, upper: preset.upper };
  }

  toggle(what: "labels" | "outlines" | "position"): void {
    if (what === "position") {
      this.position = !this.position;
      this.join();
    } else this.shared[what] = !this.shared[what];
    this.redraw();
    this.refresh();
  }

  cine(): void {
    if (!this.active) return;
    if (this.playing) for (const pane of this.panes) stop(pane);
    else play(this.active, FRAMES_PER_SECOND);
    this.playing = !this.playing;
    this.refresh();
  }

  setLook(look: Partial<Look>): void {
    Object.assign(this.look, look);
    this.tell();
    this.redraw();
  }

  setSwipe(share: number): void {
    this.shared.swipe = share;
    this.redraw();
  }

  compareMaps(how: "swipe" | "blink"): void {
    const swiping = this.shared.swipe !== null;
    const blinking = this.blink !== 0;
    window.clearInterval(this.blink);
    [this.blink, this.shared.blinked, this.shared.swipe] = [0, false, null];
    if (how === "swipe" && !swiping) this.shared.swipe = 0.5;
    if (how === "blink" && !blinking)
      this.blink = window.setInterval(() => {
        this.shared.blinked = !this.shared.blinked;
        this.redraw();
      }, BLINK_MS);
    this.refreshMaps();
    this.refresh();
  }

  /** Each pane shows its own map; the active one the next pane's map as well while two are compared. */
  private refreshMaps(): void {
    const named = this.data!.panes.map(({ map }) => (map ? this.data!.maps[map] ?? null : null));
    const comparing = this.shared.swipe !== null || this.blink !== 0;
    this.panes.forEach((pane, i) => {
      const next = [...named.slice(i + 1), ...named.slice(0, i)].find((map) => map) ?? null;
      pane.overlay(named[i], comparing && named[i] ? next : null);
    });
  }

  markKey(): void {
    const pane = this.active;
    if (!pane?.series || this.linked) return;
    const { uid, name } = pane.series;
    const key = { series: uid, slice: pane.slice, note: "" };
    if (this.keys.some((one) => sameKey(one, key))) return;
    this.setKeys([...this.keys, key]);
    this.say(`Key image: ${name}, slice ${pane.slice + 1}`);
  }

  private setKeys(keys: KeyImage[]): void {
    kept.keys = keys;
    this.tell();
    this.refreshKeys();
  }

  /** Built anew only where another key image is there: a note that is being typed must not be lost. */
  private refreshKeys(): void {
    const shown = JSON.stringify([this.keys.map(({ series, slice }) => [series, slice]), this.series.map(({ uid, name }) => [uid, name])]);
    if (shown === this.keysShown) return;
    this.keysShown = shown;
    const noted = (key: KeyImage, note: string) =>
      this.setKeys(this.keys.map((k) => (sameKey(k, key) ? { ...k, note } : k)));
    const removed = (key: KeyImage) => this.setKeys(this.keys.filter((k) => !sameKey(k, key)));
    this.keyRow.replaceChildren(...keyList(this.keys, this.series, (key) => this.goToKey(key), noted, removed));
  }

  private goToKey(key: KeyImage): void {
    const pane = this.visible.find(({ series }) => series?.uid === key.series) ?? this.active;
    if (!pane) return;
    this.activate(pane);
    if (pane.series?.uid === key.series) pane.goTo(key.slice);
    else this.showIn(pane, key.series, key.slice);
  }

  removeMeasurements(selected: boolean): void {
    const uids = selected
      ? annotation.selection.getAnnotationsSelected()
      : measurements().map((one) => one.annotationUID!);
    for (const uid of uids) annotation.state.removeAnnotation(uid);
    theEngine().render();
  }

  help(): void {
    this.dialog.showModal();
  }

  private say(words: string): void {
    this.status.textContent = words;
  }

  private readonly pressedElsewhere = (event: Event): void => {
    if (!event.composedPath().includes(this.root)) this.elsewhere = performance.now();
  };

  /**
   * Streamlit runs an answer that comes after the click that turns the page for the page that is gone, and wipes the
   * new one; and it swallows a click that comes in one moment with an answer. So nothing is told around a press
   * elsewhere; what is not told by then is kept here.
   */
  private get pageMayTurn(): boolean {
    const app = document.querySelector("[data-test-script-state]")?.getAttribute("data-test-script-state");
    return performance.now() - this.elsewhere < LEAVING_MS || (app ?? "notRunning") !== "notRunning";
  }

  private readonly tell = debounced(250, (): void => {
    this.keepSetup();
    if (!this.root.isConnected) return;
    if (this.pageMayTurn) return this.tell();
    this.tellNow();
  });

  /** The page is loaded anew or left: the last moment in which anything is heard. */
  private readonly leaving = (): void => {
    this.keepSetup();
    if (this.root.isConnected && this.data) this.tellNow();
  };

  private tellNow(): void {
    // Linked panes tell what an earlier viewer could not before its page was turned.
    this.answer("keys", kept.keys);
    this.answer("measured", written());
    this.answer("measurements", measurements().map(({ metadata, data }) => ({
      tool: metadata!.toolName,
      frame: metadata!.FrameOfReferenceUID,
      points: data?.handles?.points?.map((point) => [...point]),
      values: Object.values(data?.cachedStats ?? {})[0] ?? {},
    })));
    if (this.linked) return;
    const slices = Object.fromEntries(this.panes.filter((pane) => pane.series).map((pane) => [pane.series!.uid, pane.slice]));
    this.answer("view", { series: this.active?.series?.uid ?? "", slices });
  }

  private answer(name: string, value: unknown): void {
    const said = JSON.stringify(value);
    if (this.told.get(name) === said) return;
    this.told.set(name, said);
    this.component?.setStateValue(name, value);
  }

  private changed(pane: Pane): void {
    if (!this.linked && pane.series) {
      kept.serial = this.data!.move.serial;
      kept.slices[pane.series.uid] = pane.slice;
    }
    if (pane === this.active) this.toolbar.refresh();
    this.tell();
  }

  private redraw(): void {
    for (const pane of this.visible) pane.redraw();
  }

  private refresh(): void {
    this.toolbar.refresh();
    this.refreshKeys();
  }

  end(): void {
    window.clearInterval(this.blink);
    this.resized.disconnect();
    const { ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED } = ToolEnums.Events;
    for (const name of [ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED])
      eventTarget.removeEventListener(name, this.tell);
    for (const name of PRESSES) document.removeEventListener(name, this.pressedElsewhere, { capture: true });
    window.removeEventListener("beforeunload", this.leaving);
    if (this.playing) for (const pane of this.panes) stop(pane);
    this.links.clear();
    this.hands.end();
    for (const pane of this.panes) pane.end();
  }
}

function sameKey(one: KeyImage, other: KeyImage): boolean {
  return one.series === other.series && one.slice === other.slice;
}

function within(pane: Pane, event: MouseEvent): [number, number] {
  const box = pane.element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
