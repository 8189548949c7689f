// The row of controls for editing outlines, under the toolbar.
import type { SeriesData, Structure } from "./data";
import { button, html, setPressed } from "./dom";
import { EDIT_TOOL_NAMES, EDIT_TOOLS, type EditTool } from "./edit_tools";
import { STRUCTURES } from "./label_map";
import type { OutlineState } from "./outline_state";

export interface OutlineActions {
  choose(tool: EditTool): void;
  setStructure(structure: Structure): void;
  setRadius(radius: number): void;
  setLocked(structure: Structure, locked: boolean): void;
  undo(): void;
  redo(): void;
  interpolate(): Promise<void>;
  apply(): void;
  discard(): void;
}

const NAMES: Record<Structure, string> = { disc: "Disc", vertebra: "Vertebra", canal: "Canal" };

export class OutlineBar {
  readonly root = html("div", { class: "toolbar outline-bar", role: "toolbar", "aria-label": "Edit outlines", hidden: true });
  private readonly structure = html("select", { "aria-label": "Structure to edit", title: "Structure to edit" },
    ...STRUCTURES.map((one) => html("option", { value: one }, NAMES[one])));
  private readonly tools = new Map<EditTool, HTMLButtonElement>();
  private readonly radius = html("input", { type: "range", min: 0.5, max: 10, step: 0.5, "aria-label": "Radius of the tools" });
  private readonly size = html("span", { class: "size" });
  private readonly locks = new Map<Structure, HTMLInputElement>();
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly apply: HTMLButtonElement;
  private readonly discard: HTMLButtonElement;
  private readonly changes = html("span", { class: "changes" });

  constructor(private readonly actions: OutlineActions, private readonly state: OutlineState) {
    for (const name of EDIT_TOOL_NAMES)
      this.tools.set(name, button(EDIT_TOOLS[name].symbol, EDIT_TOOLS[name].words, () => actions.choose(name)));
    this.structure.onchange = () => actions.setStructure(this.structure.value as Structure);
    this.radius.oninput = () => actions.setRadius(Number(this.radius.value));
    this.undo = button("undo", "Undo (Ctrl Z)", () => actions.undo());
    this.redo = button("redo", "Redo (Ctrl Shift Z)", () => actions.redo());
    this.apply = worded("Apply", "Put the changed outlines into the reading", () => actions.apply());
    this.discard = worded("Discard", "Drop all changes since the last Apply", () => actions.discard());
    const interpolate = button("layers", "Interpolate: fill the slices between edited ones (4)", () => void actions.interpolate());
    this.root.append(
      group("Structure", this.structure, ...this.tools.values(), html("label", { title: "Radius of the tools" }, this.radius, this.size)),
      group("Lock", html("span", { title: "A locked structure keeps its pixels" }, "Lock"), ...STRUCTURES.map((one) => this.lock(one))),
      group("Changes", this.undo, this.redo, interpolate, this.apply, this.discard, this.changes));
  }

  private lock(structure: Structure): HTMLElement {
    const box = html("input", { type: "checkbox", "aria-label": `Lock ${structure}` });
    box.onchange = () => this.actions.setLocked(structure, box.checked);
    this.locks.set(structure, box);
    return html("label", { title: "A locked structure keeps its pixels" }, box, NAMES[structure]);
  }

  refresh(tool: string, history: { canUndo: boolean; canRedo: boolean }, series: readonly SeriesData[]): void {
    const { state } = this;
    this.root.hidden = !state.on;
    if (!state.on) return;
    for (const [name, made] of this.tools) setPressed(made, name === tool);
    [this.structure.value, this.radius.value] = [state.structure, String(state.radius)];
    const unit = series.every(({ millimetres }) => millimetres) ? "mm" : "px";
    this.size.textContent = `${state.radius} ${unit}`;
    this.radius.setAttribute("aria-valuetext", this.size.textContent);
    for (const [structure, box] of this.locks) {
      box.checked = state.isLocked(structure);
      box.disabled = structure === state.structure;
    }
    this.undo.disabled = !history.canUndo;
    this.redo.disabled = !history.canRedo;
    const slices = new Set(state.edits().map(({ series, slice }) => `${series}/${slice}`)).size;
    this.apply.disabled = this.discard.disabled = slices === 0 || state.sent !== "";
    this.changes.textContent = state.sent ? "Sending \u2026" : `${slices} ${slices === 1 ? "slice" : "slices"} changed`;
  }
}

function worded(name: string, words: string, act: () => void): HTMLButtonElement {
  const made = html("button", { type: "button", class: "worded", title: words }, name);
  made.onclick = act;
  return made;
}

function group(words: string, ...children: HTMLElement[]): HTMLElement {
  return html("div", { class: "group", role: "group", "aria-label": words }, ...children);
}
