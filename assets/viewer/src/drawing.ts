// What is drawn over a slice: outlines, disc markers with their levels, orientation letters and the scale bar.
// Cornerstone's ScaleOverlayTool follows one viewport at a time, and its markers cannot be named for a screen reader.
import { utilities } from "@cornerstonejs/tools";

import type { Crop, Mark, Outline, Place, SeriesData } from "./data";
import { set, svg } from "./dom";

export interface Scene {
  series: SeriesData;
  slice: number;
  width: number;
  height: number;
  level: string;
  labels: boolean;
  outlines: boolean;
  crop: Crop | null;
  toCanvas: (place: Place) => [number, number];
}

export interface MarkActions {
  select: (level: string) => void;
  /** Whether discs can be moved. */
  movable: () => boolean;
  move: (level: string, canvas: [number, number]) => void;
}

/** Lengths in mm that a scale bar may have. */
const BARS = [100, 50, 20, 10, 5, 2, 1];

/** What lies over one pane. */
export class Drawing {
  readonly layer = svg("svg", { class: "marks" });
  private readonly below = svg("g");
  private readonly discs = svg("g");
  private readonly above = svg("g");
  private readonly markers = new Map<string, Marker>();

  constructor(private readonly actions: MarkActions) {
    this.layer.append(this.below, this.discs, this.above);
    // Cornerstone keeps every key from what the browser does with it: Tab would never leave a marker.
    this.layer.addEventListener("keydown", (event) => event.stopPropagation());
  }

  draw(scene: Scene): void {
    this.layer.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
    const outlines = scene.outlines ? scene.series.outlines.filter((o) => o.slice === scene.slice) : [];
    const crop = scene.crop?.slice === scene.slice ? [edge(scene.crop, scene)] : [];
    this.below.replaceChildren(...outlines.map((o) => outline(o, scene)), ...crop);
    this.mark(scene);
    this.above.replaceChildren(
      ...(scene.series.oriented ? letters(scene) : []), ...(scene.series.millimetres ? scaleBar(scene) : []));
  }

  /** Markers stay the same elements: one that is replaced, or only put in anew, loses the keyboard's focus. */
  private mark(scene: Scene): void {
    const marks = scene.labels ? scene.series.marks : [];
    for (const [level, marker] of this.markers) {
      if (marks.some((mark) => mark.level === level)) continue;
      marker.group.remove();
      this.markers.delete(level);
    }
    for (const mark of marks) {
      let marker = this.markers.get(mark.level);
      if (!marker) {
        marker = new Marker(mark.level, this.actions);
        this.markers.set(mark.level, marker);
        this.discs.append(marker.group);
      }
      marker.draw(mark, scene);
    }
  }
}

function outline({ structure, points }: Outline, { toCanvas }: Scene): SVGElement {
  return svg("polygon", { class: `outline ${structure}`, points: points.map((p) => toCanvas(p).join(",")).join(" ") });
}

function edge({ corners }: Crop, { toCanvas }: Scene): SVGElement {
  return svg("polygon", { class: "crop", points: corners.map((p) => toCanvas(p).join(",")).join(" ") });
}

/** One disc's marker: a button with the level's name. A click selects, a drag of the dot moves. */
class Marker {
  private readonly title = svg("title");
  private readonly line = svg("line");
  private readonly grip = svg("circle", { r: 11, class: "grip" });
  private readonly dot = svg("circle", { r: 4.5, class: "dot" });
  private readonly name = svg("text", { class: "name" });
  readonly group = svg("g", { role: "button", tabindex: "0" }, this.title, this.line, this.grip, this.dot, this.name);

  constructor(private readonly level: string, private readonly actions: MarkActions) {
    this.group.dataset.level = this.name.textContent = level;
    this.group.addEventListener("mousedown", (event) => event.stopPropagation());
    this.group.addEventListener("keydown", (event) => this.press(event));
    this.group.addEventListener("pointerdown", (event) => this.hold(event));
  }

  draw(mark: Mark, scene: Scene): void {
    const here = mark.slice === scene.slice;
    const [x, y] = scene.toCanvas(mark.center);
    const [lx, ly] = scene.toCanvas(mark.label);
    this.moveTo(x, y);
    // Labels at the edge would be cut off: they are kept inside the pane.
    set(this.name, { x: Math.min(Math.max(lx, 22), scene.width - 22), y: ly });
    set(this.line, { x1: x + (lx - x) * 0.35, y1: y + (ly - y) * 0.35, x2: lx, y2: ly });
    const words = `${mark.level}${here ? "" : `, graded on slice ${mark.slice + 1}`}: select its findings`;
    this.title.textContent = words;
    const selected = mark.level === scene.level;
    const movable = this.actions.movable();
    set(this.group, {
      class: `mark${selected ? " selected" : ""}${here ? " here" : ""}${movable ? " movable" : ""}`,
      "aria-label": words,
    });
  }

  private moveTo(x: number, y: number): void {
    for (const circle of [this.grip, this.dot]) set(circle, { cx: x, cy: y });
  }

  private press(event: KeyboardEvent): void {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    this.actions.select(this.level);
  }

  private hold(down: PointerEvent): void {
    down.stopPropagation();
    if (down.button !== 0) return;
    const layer = this.group.ownerSVGElement!.getBoundingClientRect();
    // Once an event has left the component, its target is the component as a whole.
    const held = this.actions.movable() && (down.target === this.grip || down.target === this.dot);
    let at: [number, number] | null = null;
    const follow = (event: PointerEvent) => {
      if (!held) return;
      if (!at && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 4) return;
      at = [event.clientX - layer.left, event.clientY - layer.top];
      this.moveTo(...at);
    };
    const end = () => {
      window.removeEventListener("pointermove", follow);
      if (at) this.actions.move(this.level, at);
      else this.actions.select(this.level);
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", end, { once: true });
  }
}

function letters({ series, toCanvas, width, height }: Scene): SVGElement[] {
  const [x0, y0] = toCanvas([0, 0]);
  const steps: [Place, readonly number[]][] = [[[0, 1], series.rowDirection], [[1, 0], series.columnDirection]];
  const { getOrientationStringLPS, invertOrientationStringLPS } = utilities.orientation;
  return steps.flatMap(([place, direction]) => {
    const [x, y] = toCanvas(place);
    const letter = getOrientationStringLPS([...direction] as [number, number, number]);
    const other = invertOrientationStringLPS(letter);
    // Short: an angled slab is known by its main letter, and the reference line shows its tilt.
    const across = Math.abs(x - x0) > Math.abs(y - y0);
    const [ahead, behind] = (across ? x > x0 : y > y0) ? [letter, other] : [other, letter];
    return across
      ? [at(width - 14, height / 2, ahead), at(14, height / 2, behind)]
      : [at(width / 2, height - 12, ahead), at(width / 2, 16, behind)];
  });
}

function at(x: number, y: number, letter: string): SVGElement {
  return svg("text", { x, y, class: "letter" }, letter[0]);
}

function scaleBar({ series, toCanvas, width, height }: Scene): SVGElement[] {
  const [[x0, y0], [x1, y1]] = [toCanvas([0, 0]), toCanvas([1, 0])];
  const perMillimetre = Math.hypot(x1 - x0, y1 - y0) / series.spacing[0];
  const length = BARS.find((bar) => bar * perMillimetre < height * 0.35) ?? 1;
  const pixels = length * perMillimetre;
  const [x, bottom] = [width - 30, height / 2 + pixels / 2 + height * 0.2];
  const end = Math.min(bottom, height - 44);
  const path = `M${x - 4} ${end}h8M${x} ${end}v${-pixels}M${x - 4} ${end - pixels}h8`;
  const words = length >= 10 ? `${length / 10} cm` : `${length} mm`;
  return [
    svg("path", { d: path, class: "scale", "data-millimetres": length, "data-pixels": pixels }),
    svg("text", { x, y: end + 14, class: "scale-words" }, words),
  ];
}
