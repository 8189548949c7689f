// The row of tools above the panes.
import type { Commands, ViewerState } from "./commands";
import type { Layout } from "./data";
import { button, html, setPressed } from "./dom";
import { LEFT_TOOL_NAMES, LEFT_TOOLS, type LeftTool } from "./left_tools";
import { WindowControls } from "./window_controls";

const LAYOUTS: [layout: Layout, symbol: string, words: string][] = [
  [1, "crop_square", "One pane (1)"],
  [2, "splitscreen_right", "Two panes (2)"],
  [3, "view_quilt", "One large and two small panes (3)"],
  [4, "grid_view", "Four panes (4)"],
];

const REGION_WORDS = { crop: "Zoom to the network input", spine: "Zoom to the spine" };

export class Toolbar {
  readonly root = html("div", { class: "toolbar", role: "toolbar", "aria-label": "Viewer" });
  private readonly tools = new Map<LeftTool, HTMLButtonElement>();
  private readonly layouts = new Map<Layout, HTMLButtonElement>();
  private readonly window: WindowControls;
  private readonly labels: HTMLButtonElement;
  private readonly outlines: HTMLButtonElement;
  private readonly edit: HTMLButtonElement;
  private readonly position: HTMLButtonElement;
  private readonly region: HTMLButtonElement;
  private readonly fill: HTMLButtonElement;
  private readonly keyImage: HTMLButtonElement;
  private readonly playing: HTMLButtonElement;
  private readonly maps: HTMLElement;
  private readonly swipe = html("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Position of the swipe" });

  constructor(private readonly commands: Commands, private readonly state: ViewerState) {
    for (const name of LEFT_TOOL_NAMES)
      this.tools.set(name, button(LEFT_TOOLS[name].symbol, LEFT_TOOLS[name].words, () => commands.chooseTool(name)));
    for (const [layout, symbol, words] of LAYOUTS)
      this.layouts.set(layout, button(symbol, words, () => commands.arrange(layout)));
    this.window = new WindowControls((index) => commands.preset(index));
    this.labels = button("label", "Disc labels (L)", () => commands.toggle("labels"));
    this.outlines = button("gesture", "Outlines of disc, vertebra and canal, shaded where uncertain (U)", () => commands.toggle("outlines"));
    this.edit = button("draw", "Edit outlines, and back (X)", () => commands.editOutlines());
    this.position = button("link", "Link slice positions of parallel panes", () => commands.toggle("position"));
    this.region = button("center_focus_strong", REGION_WORDS.spine, () => commands.zoomToRegion(!state.zoomedToRegion));
    this.fill = button("fullscreen", "Fill the window with this pane (M, Escape back)", () => commands.fillWindow());
    this.keyImage = button("star", "Mark as key image (K)", () => commands.markKeyImage());
    this.playing = button("play_arrow", "Play (space)", () => commands.playOrStop());
    this.maps = this.mapControls();
    this.root.append(
      group("Left button", ...this.tools.values()),
      group("Window", ...this.window.elements),
      this.viewControls(),
      group("Show", this.labels, this.outlines, this.edit, this.position),
      group("Panes", ...this.layouts.values(), this.fill),
      group("Key images and measurements",
        this.keyImage,
        button("ink_eraser", "Remove all measurements", () => commands.removeMeasurements("all")),
        button("help", "Keyboard and mouse (?)", () => commands.help())),
      this.maps,
    );
  }

  private viewControls(): HTMLElement {
    const { commands } = this;
    return group("View",
      this.region,
      button("fit_screen", "Fit the whole slice (F)", () => commands.active?.camera.fit()),
      button("looks_one", "One image pixel per screen pixel (O)", () => commands.active?.camera.oneToOne()),
      button("invert_colors", "Invert (I)", () => commands.active?.invert()),
      button("rotate_90_degrees_cw", "Rotate (R)", () => commands.active?.camera.rotate()),
      button("flip", "Flip left and right (H)", () => commands.active?.camera.flip("flipHorizontal")),
      this.playing);
  }

  private mapControls(): HTMLElement {
    const { commands, state } = this;
    const slider = (label: string, key: "opacity" | "threshold", max: number) => {
      const input = html("input", { type: "range", min: 0, max, step: 5, value: state.mapStyle[key] * 100, "aria-label": label });
      input.oninput = () => commands.setMapStyle({ [key]: Number(input.value) / 100 });
      return html("label", {}, label, input);
    };
    this.swipe.oninput = () => commands.setSwipe(Number(this.swipe.value) / 100);
    return group("Maps",
      slider("Opacity", "opacity", 100), slider("Threshold", "threshold", 95),
      button("compare", "Swipe between this map and the next", () => commands.compareMaps("swipe")),
      this.swipe,
      button("flip_camera_android", "Blink between this map and the next (B)", () => commands.compareMaps("blink")));
  }

  refresh(): void {
    const { state } = this;
    for (const [name, made] of this.tools) setPressed(made, name === state.leftTool);
    for (const [layout, made] of this.layouts) {
      setPressed(made, layout === state.layout && !state.enlarged);
      made.hidden = state.linked;
    }
    setPressed(this.labels, state.toggled.labels);
    setPressed(this.outlines, state.toggled.outlines);
    setPressed(this.edit, state.editsOutlines);
    this.edit.hidden = !state.outlinesEditable;
    setPressed(this.position, state.toggled.position);
    setPressed(this.fill, state.fillsWindow);
    this.fill.querySelector(".symbol")!.textContent = state.fillsWindow ? "fullscreen_exit" : "fullscreen";
    this.position.hidden = this.keyImage.hidden = state.linked;
    this.refreshRegion();
    this.outlines.hidden = !state.series.some((series) => series.outlines.length);
    this.labels.hidden = !state.series.some((series) => series.marks.length);
    this.maps.hidden = !state.hasMaps;
    this.swipe.hidden = !state.swiping;
    this.playing.querySelector(".symbol")!.textContent = state.playing ? "stop" : "play_arrow";
    this.window.refresh(state.active);
  }

  /** The active pane has another window, or another series. */
  refreshWindow(): void {
    this.window.refresh(this.state.active);
  }

  private refreshRegion(): void {
    const { region, zoomedToRegion } = this.state;
    this.region.hidden = region === null;
    if (region) this.region.title = REGION_WORDS[region];
    if (region) this.region.setAttribute("aria-label", REGION_WORDS[region]);
    setPressed(this.region, zoomedToRegion);
  }
}

function group(words: string, ...children: HTMLElement[]): HTMLElement {
  return html("div", { class: "group", role: "group", "aria-label": words }, ...children);
}
