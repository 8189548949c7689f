// Bars of a finding's answers before and after the reveal.

import { make } from "./shared.js";

const SVG = "http://www.w3.org/2000/svg";

/** `right`: words of the right grade, once it is told. `stages`: which bars there are. */
export function histogram(counts, stages, right = null) {
  const most = Math.max(1, ...stages.flatMap((stage) => counts[stage].map(([, number]) => number)));
  const rows = counts.before.flatMap(([words], index) => [
    make("div", { class: words === right ? "right" : "" }, words === right ? `✓ ${words}` : words),
    make("div", { class: "bars" }, ...stages.map((stage) => bar(stage, counts[stage][index][1], most))),
  ]);
  return make("div", { class: "histogram", role: "group", "aria-label": sentence(counts, stages) }, ...rows);
}

function bar(stage, number, most) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 100 10");
  drawn.setAttribute("preserveAspectRatio", "none");
  drawn.setAttribute("aria-hidden", "true");
  const rectangle = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: `${stage}-bar`, width: (100 * number) / most, height: 10 })) rectangle.setAttribute(name, value);
  drawn.append(rectangle);
  return make("div", { class: "bar" }, drawn, make("span", {}, String(number)));
}

function sentence(counts, stages) {
  return stages.map((stage) => `${stage}: ${counts[stage].map(([words, number]) => `${words} ${number}`).join(", ")}`).join("; ");
}
