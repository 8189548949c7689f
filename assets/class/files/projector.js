// The projector's view of a room: large, without controls. The teacher's page leads it.

import { ask, caseTitle, forgetImages, Lost, make, networkWords, pause } from "./shared.js";
import { pictures } from "./projector_pictures.js";
import { histogram } from "./histogram.js";
import { matrix, unique } from "./projector_matrix.js";

const POLL = 1000;
const SMALLEST = 0.5;
const byId = (id) => document.getElementById(id);

const KEY = "spinelens-projector-room";
let shown = null;

/** The link ends in #room.secret: what stands behind # is never sent as part of an address. */
async function open() {
  const [room, secret] = location.hash.slice(1).split(".");
  if (secret) {
    await ask(`api/projector/${encodeURIComponent(room)}/open`, { secret });
    sessionStorage.setItem(KEY, room);
    history.replaceState(null, "", location.pathname);
  }
  return encodeURIComponent(sessionStorage.getItem(KEY) ?? "");
}

async function follow() {
  let room = null;
  for (;;) {
    try {
      room ??= await open();
      const told = await ask(`api/projector/${room}/state?number=${shown?.number ?? ""}`);
      byId("connection").hidden = true;
      if (told.phase) draw(room, told);
    } catch (error) {
      byId("connection").hidden = !(error instanceof Lost);
      if (!(error instanceof Lost)) {
        byId("title").textContent = error.message;
        byId("join-words").replaceChildren();
        byId("pictures").replaceChildren();
        byId("words").replaceChildren();
        if (error.status !== 400) return;
      }
    }
    await pause(POLL);
  }
}

function draw(room, told) {
  if (shown?.place !== told.place) forgetImages();
  shown = told;
  byId("title").textContent = caseTitle(told);
  const answering = told.phase === "answering";
  byId("join-words").replaceChildren(...(answering ? [] : [`${told.address} · `, make("b", {}, told.code)]));
  pictures(byId("pictures"), `api/projector/${room}`, told);
  byId("words").replaceChildren(...(answering ? welcome(told) : results(told)));
  fit(byId("words"));
  document.body.dataset.version = told.version;
}

function welcome(told) {
  const warning = told.reachable ? [] : [make("p", { class: "warning" }, "Only this computer reaches this address: start with make app HOST=0.0.0.0.")];
  return [
    make("div", { class: "qr" },
      make("img", { src: told.qr, alt: `QR code of ${told.address}?code=${told.code}` }),
      make("div", {}, make("p", {}, "Join with the code"), make("p", { class: "code" }, told.code), make("p", { class: "address" }, told.address))),
    ...warning,
    make("div", {},
      make("p", { class: "big" }, `${told.complete} of ${told.joined} have answered`),
      make("progress", { value: told.complete, max: Math.max(1, told.joined), "aria-label": "Learners who have answered" })),
    make("h2", {}, `What do you see at ${unique(told, "level").join(", ")}?`),
    make("ul", { class: "asked" }, ...unique(told, "label").map((one) => make("li", {}, one))),
  ];
}

function results(told) {
  const stages = told.networks ? ["before", "after"] : ["before"];
  const one = told.asked.find(({ key }) => key === told.focus) ?? told.asked[0];
  const right = told.reference?.grades[one.key];
  const head = make("div", { class: "head" }, make("h2", {}, `${one.level} · ${one.label}`), ...(stages.length > 1 ? [legend()] : []));
  const parts = [head, histogram(told.class[one.key], stages, right?.grade ?? null)];
  if (told.networks) parts.push(make("p", { class: "told" }, networkWords(told.networks.find(({ key }) => key === one.key))));
  if (told.reference) parts.push(make("p", {}, right ? `Reference: ${right.grade}${right.source ? ` (${right.source})` : ""}` : "There is no reference for this finding."));
  if (told.reference?.learningPoint) parts.push(make("p", { class: "learning" }, told.reference.learningPoint));
  if (told.asked.length > 1) parts.push(matrix(told, stages));
  return parts;
}

/** Nobody scrolls on a projector: what does not fit is made smaller. */
function fit(box) {
  for (let scale = 1; scale >= SMALLEST; scale -= 0.04) {
    box.style.setProperty("--fit", scale.toFixed(2));
    if (box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth) return;
  }
}

function legend() {
  return make("p", { class: "legend" },
    make("span", {}, make("i", { class: "before-key" }), "before the reveal"),
    make("span", {}, make("i", { class: "after-key" }), "after it"));
}

addEventListener("resize", () => fit(byId("words")));
addEventListener("hashchange", () => location.reload());
follow();
