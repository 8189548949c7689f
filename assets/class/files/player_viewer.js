// The slices of the current case, its levels and marks, and after the reveal a map over its slice.

import { drawing, image, make, ratio } from "./shared.js";

const STEP = 0.02;

export class Viewer {
  #byId; #put; #marked; #code; #room; #series = 0; #slices = []; #map = null; #aim = null; #cursor = null;

  constructor(byId, put, marked) {
    [this.#byId, this.#put, this.#marked] = [byId, put, marked];
    const view = byId("view");
    view.addEventListener("click", (event) => this.#clicked(event));
    view.addEventListener("keydown", (event) => this.#key(event));
    view.addEventListener("wheel", (event) => { event.preventDefault(); this.#turn(Math.sign(event.deltaY)); }, { passive: false });
    byId("slice").addEventListener("input", (event) => this.#to(this.#series, Number(event.target.value) - 1));
    byId("map").addEventListener("change", (event) => this.#choose(event.target.value));
  }

  draw(code, room, { same, revealed }) {
    [this.#code, this.#room] = [code, room];
    if (!same) {
      [this.#series, this.#map] = [0, null];
      this.#slices = room.series.map((one) => one.first);
    }
    this.#byId("series").replaceChildren(...(room.series.length > 1 ? room.series.map((one, number) => this.#button(one, number)) : []));
    this.#offerMaps(revealed);
    this.#show();
  }

  /** What the next tap marks; null where taps mark nothing. */
  aim(words) {
    this.#aim = words;
    this.#cursor = null;
    this.#byId("placing").textContent = words ? `Tap the place of: ${words}. With keys: arrows, then Enter.` : "";
    this.#byId("view").classList.toggle("placing", words !== null);
    if (words) this.#byId("view").focus();
    if (this.#room) this.marks();
  }

  marks() {
    const series = this.#room.series[this.#series];
    const slice = this.#slices[this.#series];
    const here = (one) => one.series === this.#series && one.slice === slice;
    const drawn = drawing(series);
    for (const one of this.#room.levels.filter((one) => one.series === this.#series)) drawn.level(one.row, one.column, one.level);
    for (const one of this.#room.reference?.places.filter(here) ?? []) drawn.circle(one.row, one.column, one.radius, "reference");
    for (const one of this.#marked().filter(here)) drawn.cross(one.row, one.column, "own");
    if (this.#cursor) drawn.cross(this.#cursor[0] * series.rows, this.#cursor[1] * series.columns, "aim");
    const view = this.#byId("view");
    view.querySelector("svg")?.remove();
    view.append(drawn.element);
  }

  #button(series, number) {
    return make("button", { type: "button", "aria-pressed": String(number === this.#series), onclick: () => this.#to(number, this.#slices[number]) }, series.name);
  }

  #offerMaps(revealed) {
    const networks = this.#room.networks ?? [];
    const maps = networks.flatMap((one, finding) => one.maps.map((map, number) => ({ one, map, value: `${finding}/${number}` })));
    const asked = new Map(this.#room.asked.map((one) => [one.key, `${one.level} · ${one.label}`]));
    this.#byId("maps").hidden = !maps.length;
    this.#byId("map").replaceChildren(make("option", { value: "" }, "none"),
      ...maps.map(({ one, map, value }) => make("option", { value }, `${asked.get(one.key)}: ${map.method}`)));
    if (revealed && maps.length) {
      const first = maps.find(({ one }) => one.key === this.#room.focus) ?? maps[0];
      this.#map = first.value;
      [this.#series, this.#slices[first.one.series]] = [first.one.series, first.one.slice];
    }
    this.#byId("map").value = this.#map ?? "";
  }

  #choose(value) {
    this.#map = value || null;
    const one = this.#chosen();
    if (one) this.#to(one.series, one.slice);
    else this.#show();
  }

  #chosen() {
    return this.#map === null ? null : this.#room.networks?.[Number(this.#map.split("/")[0])] ?? null;
  }

  #to(series, slice) {
    this.#series = series;
    this.#slices[series] = Math.min(Math.max(slice, 0), this.#room.series[series].slices - 1);
    this.#show();
  }

  #turn(by) {
    this.#to(this.#series, this.#slices[this.#series] + by);
  }

  async #show() {
    const [number, series, slice] = [this.#series, this.#room.series[this.#series], this.#slices[this.#series]];
    const chosen = this.#chosen();
    this.#controls(series, slice, chosen);
    const layers = [this.#slicePath(number, slice)];
    if (chosen?.series === number && chosen.slice === slice) layers.push(`api/${this.#code}/maps/${this.#room.place}/${this.#map}`);
    const wanted = layers.join(" ");
    const view = this.#byId("view");
    view.dataset.wanted = wanted;
    try {
      const images = await Promise.all(layers.map(image));
      // Another slice may have been asked for meanwhile.
      if (view.dataset.wanted !== wanted) return;
      view.replaceChildren(...images.map((one) => Object.assign(one.cloneNode(), { alt: "" })));
      view.dataset.shown = wanted;
      this.marks();
      for (const next of [slice + 1, slice - 1]) if (next >= 0 && next < series.slices) image(this.#slicePath(number, next)).catch(() => {});
    } catch {
      setTimeout(() => { if (view.dataset.wanted === wanted && view.dataset.shown !== wanted) this.#show(); }, 1000);
    }
  }

  #slicePath(series, slice) {
    return `api/${this.#code}/slices/${this.#room.place}/${series}/${slice}`;
  }

  #controls(series, slice, chosen) {
    const view = this.#byId("view");
    view.className = `slice${this.#aim ? " placing" : ""}`;
    view.style.setProperty("--ratio", ratio(series));
    const range = this.#byId("slice");
    [range.max, range.value] = [series.slices, slice + 1];
    this.#byId("slider").hidden = series.slices === 1;
    this.#byId("slice-number").textContent = `${slice + 1} of ${series.slices}`;
    [...this.#byId("series").children].forEach((one, number) => one.setAttribute("aria-pressed", String(number === this.#series)));
    this.#byId("verdict").textContent = chosen?.maps[Number(this.#map.split("/")[1])].verdict ?? "";
  }

  #clicked(event) {
    if (!this.#aim) return;
    const box = this.#byId("view").getBoundingClientRect();
    this.#place((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
  }

  #place(down, across) {
    const series = this.#room.series[this.#series];
    const inside = (part, size) => Math.min(Math.max(part * size - 0.5, 0), size - 1);
    this.#put({ series: this.#series, slice: this.#slices[this.#series], row: inside(down, series.rows), column: inside(across, series.columns) });
  }

  #key(event) {
    const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const arrow = arrows[event.key];
    if (arrow && this.#aim) {
      const step = event.shiftKey ? STEP * 5 : STEP;
      this.#cursor = (this.#cursor ?? [0.5, 0.5]).map((part, axis) => Math.min(Math.max(part + arrow[axis] * step, 0), 1));
      this.marks();
    } else if (arrow) this.#turn(arrow[0] + arrow[1]);
    else if (event.key === "Enter" && this.#aim) this.#place(...(this.#cursor ?? [0.5, 0.5]));
    else return;
    event.preventDefault();
  }
}
