// All findings of a case at a glance: levels and conditions, in each cell one grade and how many gave it.

import { make } from "./shared.js";

const SVG = "http://www.w3.org/2000/svg";
const DENSE = 6;

/** Levels or conditions that are asked for: every condition at every level. */
export const unique = (told, name) => [...new Set(told.asked.map((one) => one[name]))];

/** `stages`: which answers there are. In a cell: the right grade once it is told, else the most frequent one. */
export function matrix(told, stages) {
  const [levels, labels] = [unique(told, "level"), unique(told, "label")];
  // The longer side goes down: there is more room for lines than for columns.
  const down = labels.length > levels.length;
  const [rows, columns] = down ? [labels, levels] : [levels, labels];
  const finding = (row, column) => told.asked.find((one) => (down ? one.label === row && one.level === column : one.level === row && one.label === column));
  const head = make("tr", {}, make("td"), ...columns.map((one) => make("th", { scope: "col" }, one)));
  const body = rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row), ...columns.map((column) => cell(told, stages, finding(row, column)))));
  return make("table", { class: rows.length > DENSE ? "matrix dense" : "matrix" },
    make("caption", {}, caption(told, stages)), make("thead", {}, head), make("tbody", {}, ...body));
}

function caption(told, stages) {
  const what = told.reference ? "Right answers" : "Most frequent answers";
  return stages.length > 1 ? `${what}: learners before → after the reveal` : `${what}: learners`;
}

function cell(told, stages, one) {
  const counts = told.class[one.key];
  const right = told.reference?.grades[one.key]?.grade ?? null;
  const words = right ?? mostFrequent(counts[stages[0]]);
  const numbers = stages.map((stage) => counts[stage].find(([grade]) => grade === words)?.[1] ?? 0);
  const all = Math.max(1, ...stages.map((stage) => counts[stage].reduce((sum, [, number]) => sum + number, 0)));
  const kind = [one.key === told.focus ? "focus" : "", right === null ? "" : "right"].join(" ").trim();
  if (told.reference && right === null) return make("td", { class: kind }, "no reference");
  return make("td", { class: kind },
    make("div", { class: "counted" }, make("span", {}, words), make("b", {}, numbers.join(" → "))),
    make("div", { class: "shares" }, ...stages.map((stage, index) => share(stage, numbers[index] / all))));
}

/** The first of several that are given equally often. */
function mostFrequent(counts) {
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

function share(stage, fraction) {
  const drawn = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" })) drawn.setAttribute(name, value);
  const rectangle = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: `${stage}-bar`, width: 100 * fraction, height: 10 })) rectangle.setAttribute(name, value);
  drawn.append(rectangle);
  return drawn;
}
