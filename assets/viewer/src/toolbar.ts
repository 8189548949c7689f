// The row of tools above the panes.
import { utilities } from "@cornerstonejs/core";

import type { Layout } from "./data";
import { button, html } from "./dom";
import { format } from "./pane";
import { LEFT, type LeftTool } from "./tools";
import type { Viewer } from "./viewer";

export class Toolbar {
  readonly root = html("div", { class: "toolbar", role: "toolbar", "aria-label": "Viewer" });
  private readonly tools = new Map<LeftTool, HTMLButtonElement>();
  private readonly layouts = new Map<Layout, HTMLButtonElement>();
  private readonly presets = html("select", { "aria-label": "Window preset", title: "Window preset; 0 for the first" });
  private readonly width = html("input", { type: "number", "aria-label": "Window width", title: "Window width" });
  private readonly center = html("input", { type: "number", "aria-label": "Window centre", title: "Window centre" });
  private readonly labels: HTMLButtonElement;
  private readonly outlines: HTMLButtonElement;
  private readonly linked: HTMLButtonElement;
  private readonly crop: HTMLButtonElement;
  private readonly star: HTMLButtonElement;
  private readonly playing: HTMLButtonElement;
  private readonly maps: HTMLElement;
  private readonly swipe = html("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Place of the swipe" });
  private presetsOf = "";

  constructor(private readonly viewer: Viewer) {
    for (const name of Object.keys(LEFT) as LeftTool[])
      this.tools.set(name, button(LEFT[name].symbol, LEFT[name].words, () => viewer.choose(name)));
    for (const layout of [1, 2, 3, 4] as Layout[])
      this.layouts.set(layout, this.layoutButton(layout));
    this.labels = button("label", "Disc labels (L)", () => viewer.toggle("labels"));
    this.outlines = button("gesture", "Outlines of disc, vertebra and canal, shaded where uncertain (U)", () => viewer.toggle("outlines"));
    this.linked = button("link", "Link slice positions of parallel panes", () => viewer.toggle("position"));
    this.crop = button("center_focus_strong", "Zoom to what the networks saw", () => viewer.showCrop(!viewer.shared.onCrop));
    this.star = button("star", "Mark as key image (K)", () => viewer.markKey());
    this.playing = button("play_arrow", "Play (space)", () => viewer.cine());
    this.maps = this.mapControls();
    this.presets.onchange = () => viewer.preset(Number(this.presets.value));
    for (const input of [this.width, this.center]) input.onchange = () => this.typed();
    this.root.append(
      group("Left button", ...this.tools.values()),
      group("Window", this.presets, html("span", {}, "W"), this.width, html("span", {}, "C"), this.center),
      group("View",
        this.crop,
        button("fit_screen", "Fit (F)", () => viewer.active?.fit()),
        button("looks_one", "One to one (O)", () => viewer.active?.oneToOne()),
        button("invert_colors", "Invert (I)", () => viewer.active?.invert()),
        button("rotate_90_degrees_cw", "Rotate (R)", () => viewer.active?.turn()),
        button("flip", "Flip left and right (H)", () => viewer.active?.flip("flipHorizontal")),
        this.playing),
      group("Show", this.labels, this.outlines, this.linked),
      group("Panes", ...this.layouts.values()),
      group("Keep",
        this.star,
        button("ink_eraser", "Remove all measurements", () => viewer.removeMeasurements(false)),
        button("help", "Keyboard and mouse (?)", () => viewer.help())),
      this.maps,
    );
  }

  private layoutButton(layout: Layout): HTMLButtonElement {
    const symbol = { 1: "crop_square", 2: "splitscreen_right", 3: "view_quilt", 4: "grid_view" }[layout];
    const words = ["", "One pane (1)", "Two panes (2)", "One large and two small panes (3)", "Four panes (4)"][layout];
    return button(symbol, words, () => this.viewer.arrange(layout));
  }

  private mapControls(): HTMLElement {
    const { look } = this.viewer;
    const slider = (label: string, key: "opacity" | "threshold", max: number) => {
      const input = html("input", { type: "range", min: 0, max, step: 5, value: look[key] * 100, "aria-label": label });
      input.oninput = () => this.viewer.setLook({ [key]: Number(input.value) / 100 });
      return html("label", {}, label, input);
    };
    this.swipe.oninput = () => this.viewer.setSwipe(Number(this.swipe.value) / 100);
    return group("Maps",
      slider("Opacity", "opacity", 100), slider("Threshold", "threshold", 95),
      button("compare", "Swipe between this map and the next", () => this.viewer.compareMaps("swipe")),
      this.swipe,
      button("flip_camera_android", "Blink between this map and the next (B)", () => this.viewer.compareMaps("blink")));
  }

  private typed(): void {
    const [width, center] = [Number(this.width.value), Number(this.center.value)];
    if (this.viewer.active && Number.isFinite(width) && Number.isFinite(center) && width >= 2)
      this.viewer.active.voi = utilities.windowLevel.toLowHighRange(width, center) as { lower: number; upper: number };
  }

  refresh(): void {
    const { viewer } = this;
    for (const [name, made] of this.tools) press(made, name === viewer.hands.left);
    for (const [layout, made] of this.layouts) {
      press(made, layout === viewer.layout && !viewer.enlarged);
      made.hidden = viewer.linked;
    }
    press(this.labels, viewer.shared.labels);
    press(this.outlines, viewer.shared.outlines);
    press(this.linked, viewer.position);
    this.linked.hidden = this.star.hidden = viewer.linked;
    this.crop.hidden = !viewer.hasCrop;
    press(this.crop, viewer.shared.onCrop);
    const drawn = viewer.series.some((series) => series.outlines.length);
    this.outlines.hidden = !drawn;
    this.labels.hidden = !viewer.series.some((series) => series.marks.length);
    this.maps.hidden = !viewer.hasMaps;
    this.swipe.hidden = viewer.shared.swipe === null;
    this.playing.querySelector(".symbol")!.textContent = viewer.playing ? "stop" : "play_arrow";
    this.refreshWindow();
  }

  private refreshWindow(): void {
    const pane = this.viewer.active;
    if (!pane?.series || !pane.viewport.getCornerstoneImage()) return;
    const { uid, presets } = pane.series;
    const { lower, upper } = pane.voi;
    const chosen = presets.findIndex((p) => Math.abs(p.lower - lower) + Math.abs(p.upper - upper) < 1e-3 * (upper - lower));
    if (this.presetsOf !== uid) {
      this.presetsOf = uid;
      this.presets.replaceChildren(
        ...presets.map(({ name }, i) => html("option", { value: i }, name)), html("option", { value: -1, disabled: true }, "Own window"));
    }
    this.presets.value = String(chosen);
    const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(lower, upper);
    for (const [input, value] of [[this.width, windowWidth], [this.center, windowCenter]] as const)
      if (input.getRootNode() instanceof Node && (input.getRootNode() as ShadowRoot).activeElement !== input) input.value = format(value);
  }
}

function group(words: string, ...children: HTMLElement[]): HTMLElement {
  return html("div", { class: "group", role: "group", "aria-label": words }, ...children);
}

function press(made: HTMLButtonElement, on: boolean): void {
  made.setAttribute("aria-pressed", String(on));
}
