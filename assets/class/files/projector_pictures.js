// The slices on the projector: the key slice, then where the class tapped before and after the reveal, and the maps.

import { heat } from "./heat.js";
import { drawing, image, make, ratio } from "./shared.js";

const MOST_MAPS = 4;

/** Draws into `box`; `base`: address of the room's slices and maps. */
export async function pictures(box, base, told) {
  const wanted = JSON.stringify([told.version, told.place, told.taps]);
  if (box.dataset.wanted === wanted) return;
  box.dataset.wanted = wanted;
  try {
    const rows = told.phase === "answering" ? [[await keySlice(base, told)]] : await afterwards(base, told);
    if (box.dataset.wanted !== wanted) return;
    box.replaceChildren(...rows.filter((row) => row.length).map((row) => make("div", { class: "row" }, ...row)));
    box.dataset.shown = wanted;
  } catch {
    // The next state draws it; the connection was lost meanwhile.
    delete box.dataset.wanted;
  }
}

async function keySlice(base, told) {
  const series = told.series[0];
  return figure(base, told, 0, series.first, `${series.name}, slice ${series.first + 1} of ${series.slices}`);
}

async function afterwards(base, told) {
  const found = (told.networks ?? []).findIndex((one) => one.key === told.focus);
  const network = found < 0 ? null : told.networks[found];
  const taps = told.taps[told.focus];
  const top = taps ? await tapped(base, told, taps) : [await keySlice(base, told)];
  const maps = network ? network.maps.slice(0, MOST_MAPS) : [];
  const drawn = maps.map((one, number) =>
    figure(base, told, network.series, network.slice, one.method, [`${base}/maps/${told.place}/${found}/${number}`]));
  return [top, await Promise.all(drawn)];
}

async function tapped(base, told, taps) {
  const stages = told.networks ? ["before", "after"] : ["before"];
  const words = { before: told.networks ? "Taps before the reveal" : "Taps", after: "Taps after the reveal" };
  return Promise.all(stages.map((stage) => {
    const caption = `${words[stage]}: ${taps[stage].length}`;
    return figure(base, told, taps.series, taps.slice, caption, [], heat(told.series[taps.series], taps[stage]));
  }));
}

async function figure(base, told, number, slice, caption, layers = [], over = null) {
  const series = told.series[number];
  const images = await Promise.all([`${base}/slices/${told.place}/${number}/${slice}`, ...layers].map(image));
  const drawn = drawing(series);
  for (const one of told.levels.filter((one) => one.series === number && !layers.length)) drawn.level(one.row, one.column, one.level);
  for (const one of told.reference?.places ?? []) {
    if (one.series === number && one.slice === slice && one.key === told.focus) drawn.circle(one.row, one.column, one.radius, "reference");
  }
  const box = make("div", { class: "slice" }, ...images.map((one) => Object.assign(one.cloneNode(), { alt: "" })));
  if (over) box.append(over);
  box.append(drawn.element);
  box.style.setProperty("--ratio", ratio(series));
  return make("figure", {}, make("figcaption", {}, caption), make("div", { class: "fit" }, box));
}
