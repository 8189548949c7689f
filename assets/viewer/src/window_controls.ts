// Window preset, width and centre of the active pane.
import { utilities } from "@cornerstonejs/core";

import { formatValue } from "./captions";
import type { Preset } from "./data";
import { html } from "./dom";
import type { Pane } from "./pane";
import { presetIndex } from "./window_presets";

export class WindowControls {
  private readonly presets = html("select", { "aria-label": "Window preset", title: "Window preset; 0 for the first" });
  private readonly width = html("input", { type: "number", "aria-label": "Window width", title: "Window width" });
  private readonly center = html("input", { type: "number", "aria-label": "Window centre", title: "Window centre" });
  readonly elements = [this.presets, html("span", {}, "W"), this.width, html("span", {}, "C"), this.center];
  private pane: Pane | null = null;
  private presetsOf = "";

  constructor(choosePreset: (index: number) => void) {
    this.presets.onchange = () => choosePreset(Number(this.presets.value));
    for (const input of [this.width, this.center]) input.onchange = () => this.typed();
  }

  private typed(): void {
    const [width, center] = [Number(this.width.value), Number(this.center.value)];
    if (this.pane && Number.isFinite(width) && Number.isFinite(center) && width >= 2)
      this.pane.voi = utilities.windowLevel.toLowHighRange(width, center) as { lower: number; upper: number };
  }

  refresh(pane: Pane | null): void {
    this.pane = pane;
    if (!pane?.series || !pane.hasImage) return;
    const { uid, presets } = pane.series;
    if (this.presetsOf !== uid) this.offer(uid, presets);
    const { lower, upper } = pane.voi;
    this.presets.value = String(presetIndex(presets, { lower, upper }));
    const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(lower, upper);
    for (const [input, value] of [[this.width, windowWidth], [this.center, windowCenter]] as const)
      if ((input.getRootNode() as ShadowRoot).activeElement !== input) input.value = formatValue(value);
  }

  private offer(uid: string, presets: Preset[]): void {
    this.presetsOf = uid;
    const custom = html("option", { value: -1, disabled: true }, "Custom window");
    this.presets.replaceChildren(...presets.map(({ name }, i) => html("option", { value: i }, name)), custom);
  }
}
