// The marker of one disc: a button with the level's name. A click selects the disc, a drag of the dot moves it.
import type { ImagePoint, Mark } from "./data";
import { set, svg } from "./dom";

export interface MarkActions {
  select: (level: string) => void;
  /** Whether discs can be moved. */
  movable: () => boolean;
  move: (level: string, canvas: [number, number]) => void;
}

export interface MarkerView {
  slice: number;
  width: number;
  /** The selected level. */
  level: string;
  toCanvas: (point: ImagePoint) => [number, number];
}

/** Pixels that a pointer must move before a click becomes a drag. */
const DRAG_FROM = 4;
/** Half of a label's width: labels stay that far inside the pane. */
const LABEL_MARGIN = 22;
/** The line to the label starts this fraction of the way out, clear of the dot. */
const LINE_START = 0.35;

/** A label's horizontal position, kept inside a pane of this width. */
export function labelX(x: number, width: number): number {
  return Math.min(Math.max(x, LABEL_MARGIN), width - LABEL_MARGIN);
}

export class DiscMarker {
  private readonly title = svg("title");
  private readonly line = svg("line");
  private readonly grip = svg("circle", { r: 11, class: "grip" });
  private readonly dot = svg("circle", { r: 4.5, class: "dot" });
  private readonly name = svg("text", { class: "name" });
  readonly group = svg("g", { role: "button", tabindex: "0" }, this.title, this.line, this.grip, this.dot, this.name);

  constructor(private readonly level: string, private readonly actions: MarkActions) {
    this.group.dataset.level = this.name.textContent = level;
    this.group.addEventListener("mousedown", (event) => event.stopPropagation());
    this.group.addEventListener("keydown", (event) => this.onKey(event));
    this.group.addEventListener("pointerdown", (event) => this.onPointer(event));
  }

  draw(mark: Mark, view: MarkerView): void {
    const here = mark.slice === view.slice;
    const [x, y] = view.toCanvas(mark.center);
    const [labelledX, labelledY] = view.toCanvas(mark.label);
    this.moveTo(x, y);
    set(this.name, { x: labelX(labelledX, view.width), y: labelledY });
    set(this.line, {
      x1: x + (labelledX - x) * LINE_START, y1: y + (labelledY - y) * LINE_START, x2: labelledX, y2: labelledY,
    });
    const words = `${mark.level}${here ? "" : `, marked on slice ${mark.slice + 1}`}: select this level`;
    this.title.textContent = words;
    const classes = ["mark"];
    if (mark.level === view.level) classes.push("selected");
    if (here) classes.push("here");
    if (this.actions.movable()) classes.push("movable");
    set(this.group, { class: classes.join(" "), "aria-label": words });
  }

  private moveTo(x: number, y: number): void {
    for (const circle of [this.grip, this.dot]) set(circle, { cx: x, cy: y });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    this.actions.select(this.level);
  }

  private onPointer(down: PointerEvent): void {
    down.stopPropagation();
    if (down.button !== 0) return;
    const layer = this.group.ownerSVGElement!.getBoundingClientRect();
    // Once an event has left the component, its target is the component as a whole.
    const onDot = this.actions.movable() && (down.target === this.grip || down.target === this.dot);
    let position: [number, number] | null = null;
    const follow = (event: PointerEvent) => {
      if (!onDot) return;
      if (!position && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_FROM) return;
      position = [event.clientX - layer.left, event.clientY - layer.top];
      this.moveTo(...position);
    };
    const end = () => {
      window.removeEventListener("pointermove", follow);
      if (position) this.actions.move(this.level, position);
      else this.actions.select(this.level);
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", end, { once: true });
  }
}
