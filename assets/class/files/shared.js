// What the pages of learners and of the projector share: requests, images in memory, and a slice with what lies on it.

export class Refused extends Error {
  constructor(status, told) {
    super(told.error ?? "This could not be done.");
    this.status = status;
  }
}

export class Lost extends Error {}

/** JSON of the server. Throws Refused where it says no, and Lost where there is no answer. */
export async function ask(path, sent) {
  let answer;
  try {
    const options = { cache: "no-store", signal: AbortSignal.timeout(15000) };
    if (sent !== undefined) {
      Object.assign(options, { method: "POST", body: JSON.stringify(sent), headers: { "Content-Type": "application/json" } });
    }
    answer = await fetch(path, options);
    if (answer.status < 500) {
      const told = await answer.json();
      if (answer.ok) return told;
      throw new Refused(answer.status, told);
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
  }
  throw new Lost();
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const images = new Map();
const MOST_IMAGES = 300;

/** An image, kept in memory while the case lasts; it is asked for again where the connection was lost. */
export function image(path) {
  if (!images.has(path)) {
    const made = new Image();
    made.src = path;
    images.set(path, made.decode().then(() => made));
    images.get(path).catch(() => images.delete(path));
    if (images.size > MOST_IMAGES) images.delete(images.keys().next().value);
  }
  return images.get(path);
}

export function forgetImages() {
  images.clear();
}

/** An element with attributes, properties that are functions, and children; text is always text. */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made[name] = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Width over height of a slice with square pixels. */
export const ratio = (series) => series.columns / (series.rows * series.aspect);

/** A drawing over a slice: pixels across, rows stretched to square ones. */
export function drawing(series) {
  const made = shape("svg", { viewBox: `0 0 ${series.columns} ${series.rows * series.aspect}`, "aria-hidden": "true" });
  const size = Math.max(series.columns, series.rows * series.aspect) / 28;
  const at = (row, column) => [column + 0.5, (row + 0.5) * series.aspect];
  return {
    element: made,
    level(row, column, text) {
      const [x, y] = at(row, column);
      made.append(shape("text", { x: Math.min(x + size * 1.6, series.columns - size * 2.6), y: y + size / 3, "font-size": size }, text));
    },
    cross(row, column, kind, text = "") {
      const [x, y] = at(row, column);
      const arm = size * 0.6;
      made.append(shape("path", { class: kind, d: `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}` }));
      if (text) made.append(shape("text", { x: x + arm, y: y - arm / 2, "font-size": size * 0.8 }, text));
    },
    circle(row, column, radius, kind) {
      const [x, y] = at(row, column);
      made.append(shape("ellipse", { class: kind, cx: x, cy: y, rx: radius, ry: radius * series.aspect }));
    },
  };
}

/** "Case 2 of 5 · Title" */
export const caseTitle = (room) => `Case ${room.place + 1} of ${room.cases} · ${room.title}`;

/** What the networks say of a finding, in one sentence. */
export function networkWords(one) {
  if (!one) return "The networks say nothing of this finding.";
  if (one.grade === null) return "The networks gave no grade.";
  const [, share] = one.probabilities.find(([words]) => words === one.grade) ?? [];
  const parts = [`Networks: ${one.grade}${share === undefined ? "" : `, ${Math.round(share * 100)} %`}`];
  if (one.notExcluded.length) parts.push(`not excluded: ${one.notExcluded.join(", ")}`);
  if (one.disagree) parts.push("the networks of the ensemble disagree");
  return `${parts.join("; ")}.`;
}
