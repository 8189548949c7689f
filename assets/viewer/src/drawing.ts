// What is drawn over a slice: outlines, disc markers with their levels, orientation letters and the scale bar.
// Cornerstone's ScaleOverlayTool follows one viewport at a time, and its markers cannot be named for a screen reader.
import { utilities } from "@cornerstonejs/tools";

import type { Crop, Mark, Outline, Place, SeriesData } from "./data";
import { svg } from "./dom";

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
  /** Null where discs cannot be moved. */
  move: ((level: string, canvas: [number, number]) => void) | null;
}

/** Lengths in mm that a scale bar may have. */
const BARS = [100, 50, 20, 10, 5, 2, 1];

export function draw(layer: SVGSVGElement, scene: Scene, actions: MarkActions): void {
  layer.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
  const parts: SVGElement[] = [];
  if (scene.outlines) parts.push(...scene.series.outlines.filter((o) => o.slice === scene.slice).map((o) => outline(o, scene)));
  if (scene.crop?.slice === scene.slice) parts.push(edge(scene.crop, scene));
  if (scene.labels) parts.push(...scene.series.marks.map((mark) => marker(mark, scene, actions)));
  if (scene.series.oriented) parts.push(...letters(scene));
  if (scene.series.millimetres) parts.push(...scaleBar(scene));
  layer.replaceChildren(...parts);
}

function outline({ structure, points }: Outline, { toCanvas }: Scene): SVGElement {
  return svg("polygon", { class: `outline ${structure}`, points: points.map((p) => toCanvas(p).join(",")).join(" ") });
}

function edge({ corners }: Crop, { toCanvas }: Scene): SVGElement {
  return svg("polygon", { class: "crop", points: corners.map((p) => toCanvas(p).join(",")).join(" ") });
}

function marker(mark: Mark, scene: Scene, actions: MarkActions): SVGElement {
  const [x, y] = scene.toCanvas(mark.center);
  const [lx, ly] = scene.toCanvas(mark.label);
  const here = mark.slice === scene.slice;
  // Labels at the edge would be cut off: they are kept inside the pane.
  const tx = Math.min(Math.max(lx, 22), scene.width - 22);
  const dot = svg("circle", { cx: x, cy: y, r: 4.5, class: "dot" });
  const grip = svg("circle", { cx: x, cy: y, r: 11, class: "grip" });
  const text = svg("text", { x: tx, y: ly, class: "name" }, mark.level);
  const line = svg("line", { x1: x + (lx - x) * 0.35, y1: y + (ly - y) * 0.35, x2: lx, y2: ly });
  const words = `${mark.level}${here ? "" : `, graded on slice ${mark.slice + 1}`}: select its findings`;
  const group = svg("g", {
    class: `mark${mark.level === scene.level ? " selected" : ""}${here ? " here" : ""}${actions.move ? " movable" : ""}`,
    role: "button", tabindex: "0", "aria-label": words, "data-level": mark.level,
  }, svg("title", {}, words), line, grip, dot, text);
  group.addEventListener("mousedown", (event) => event.stopPropagation());
  group.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    actions.select(mark.level);
  });
  drag(group, grip, dot, actions, mark.level);
  return group;
}

/** A click selects, a drag of the dot moves. */
function drag(group: SVGElement, grip: SVGElement, dot: SVGElement, actions: MarkActions, level: string): void {
  group.addEventListener("pointerdown", (down) => {
    down.stopPropagation();
    if (down.button !== 0) return;
    const layer = group.ownerSVGElement!.getBoundingClientRect();
    // Once an event has left the component, its target is the component as a whole.
    const held = actions.move !== null && (down.target === grip || down.target === dot);
    let at: [number, number] | null = null;
    const follow = (event: PointerEvent) => {
      if (!held) return;
      if (!at && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 4) return;
      at = [event.clientX - layer.left, event.clientY - layer.top];
      for (const circle of [grip, dot]) {
        circle.setAttribute("cx", String(at[0]));
        circle.setAttribute("cy", String(at[1]));
      }
    };
    const end = () => {
      window.removeEventListener("pointermove", follow);
      if (at) actions.move!(level, at);
      else actions.select(level);
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", end, { once: true });
  });
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
