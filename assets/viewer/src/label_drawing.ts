// A slice of a label map over its pane: filled pixels with an edge, drawn as SVG. Cornerstone's own display of a label
// map needs WebGL, and would look different from the outlines that are drawn without editing.
import type { ImagePoint, Structure } from "./data";
import { svg } from "./dom";
import { LABELS, STRUCTURES, type LabelMap } from "./label_map";

/** The pixels of a structure as rectangles, one per run in a row, and the edges between inside and outside. */
export function labelPaths(labels: ArrayLike<number>, columns: number, label: number): { fill: string; edge: string } {
  let [fill, edge] = ["", ""];
  const inside = (row: number, column: number) => column >= 0 && column < columns && labels[row * columns + column] === label;
  for (let row = 0; row * columns < labels.length; row++)
    for (let column = 0, start = -1; column <= columns; column++) {
      const here = inside(row, column);
      if (here !== inside(row, column - 1)) {
        edge += `M${column} ${row}v1`;
        if (here) start = column;
        else fill += `M${start} ${row}h${column - start}v1h${start - column}z`;
      }
      if (here && !inside(row - 1, column)) edge += `M${column} ${row}h1`;
      if (here && !inside(row + 1, column)) edge += `M${column} ${row + 1}h1`;
    }
  return { fill, edge };
}

interface Paths {
  fill: SVGPathElement;
  edge: SVGPathElement;
}

export class LabelDrawing {
  readonly group = svg("g", { class: "label-map" });
  private readonly paths = new Map<Structure, Paths>();
  private drawn = "";

  constructor() {
    for (const structure of STRUCTURES) {
      const paths = { fill: svg("path", { class: `label ${structure}` }), edge: svg("path", { class: `edge ${structure}` }) };
      this.paths.set(structure, paths);
      this.group.append(paths.fill, paths.edge);
    }
  }

  draw(map: LabelMap | null, slice: number, toCanvas: (point: ImagePoint) => [number, number]): void {
    this.group.toggleAttribute("hidden", map === null);
    if (!map) return;
    const state = `${map.id}/${slice}/${map.version}`;
    if (state !== this.drawn) this.trace(map, slice);
    this.drawn = state;
    const [[x, y], [rightX, rightY], [downX, downY]] = [toCanvas([-0.5, -0.5]), toCanvas([-0.5, 0.5]), toCanvas([0.5, -0.5])];
    this.group.setAttribute("transform", `matrix(${[rightX - x, rightY - y, downX - x, downY - y, x, y].join(" ")})`);
  }

  private trace(map: LabelMap, slice: number): void {
    for (const [structure, { fill, edge }] of this.paths) {
      const paths = labelPaths(map.labels(slice), map.series.columns, LABELS[structure]);
      fill.setAttribute("d", paths.fill);
      edge.setAttribute("d", paths.edge);
    }
  }
}
