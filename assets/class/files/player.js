// The learner's page: joins a room, shows its current case, and stores every answer as soon as it is complete.

import { ask, caseTitle, forgetImages, Lost, make, pause, Refused } from "./shared.js";
import { Findings } from "./findings.js";
import { Viewer } from "./player_viewer.js";

const POLL = 700;
const HIDDEN_POLL = 5000;
const byId = (id) => document.getElementById(id);
const PHASES = {
  answering: "Answer now. You may change your answers until your teacher goes on.",
  revealed: "This is what the networks say. You may change your mind.",
  reference: "These are the right answers.",
};

let code = new URLSearchParams(location.search).get("code")?.toUpperCase().replace(/[^A-Z0-9]/g, "") ?? "";
let room = null;
let sending = null;

const viewer = new Viewer(byId, (click) => findings.put(click), () => findings.marks());
const findings = new Findings(byId("findings"), viewer, changed);

function show(section) {
  for (const id of ["join", "room", "closed"]) byId(id).hidden = id !== section;
}

function lost(is) {
  byId("connection").hidden = !is;
}

function asksToJoin(sentence = "") {
  room = null;
  show("join");
  byId("code").value = code;
  byId("join-error").textContent = sentence;
  byId(code ? "nickname" : "code").focus();
}

byId("join-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("join-error").textContent = "";
  try {
    const sent = { code: byId("code").value, nickname: byId("nickname").value };
    ({ code } = await ask("api/join", sent));
    history.replaceState(null, "", `?code=${code}`);
    lost(false);
    follow();
  } catch (error) {
    byId("join-error").textContent = error instanceof Refused ? error.message : "The server cannot be reached. Try again.";
  }
});

/** Asks for the state again and again, as long as this browser is in the room. */
async function follow() {
  for (;;) {
    try {
      const told = await ask(`api/${code}/state?version=${room?.version ?? ""}`);
      lost(false);
      if (told.phase) draw(told);
    } catch (error) {
      if (error instanceof Lost) lost(true);
      else if (error instanceof Refused && error.status === 410) return show("closed");
      else if (error instanceof Refused && error.status === 401) return asksToJoin(room ? error.message : "");
      else if (error instanceof Refused) {
        show("room");
        byId("phase").textContent = error.message;
      }
      else throw error;
    }
    await pause(document.hidden ? HIDDEN_POLL : POLL + Math.random() * 100);
  }
}

function draw(told) {
  const same = room !== null && room.place === told.place && room.title === told.title;
  const revealed = told.networks !== null && (!same || room.networks === null);
  if (!same) forgetImages();
  room = told;
  show("room");
  byId("who").textContent = told.nickname;
  byId("room-title").textContent = caseTitle(told);
  byId("phase").textContent = PHASES[told.phase];
  byId("learning").replaceChildren(...learning(told.reference));
  byId("saved").textContent = "";
  findings.draw(told, same);
  viewer.draw(code, told, { same, revealed });
  document.body.dataset.version = told.version;
}

function learning(reference) {
  if (!reference?.learningPoint) return [];
  return [make("h3", {}, "Learning point"), make("p", {}, reference.learningPoint)];
}

/** Sends what is complete; what changes meanwhile is sent next. */
async function changed() {
  viewer.marks();
  const told = { place: room.place, stage: findings.stage, answers: findings.complete() };
  byId("saved").textContent = findings.words(false);
  const before = sending;
  const mine = (async () => {
    await before;
    if (sending !== mine) return;
    await send(told);
  })();
  sending = mine;
}

async function send(told) {
  for (;;) {
    try {
      await ask(`api/${code}/answers`, told);
      lost(false);
      if (room?.place === told.place && findings.stage === told.stage) byId("saved").textContent = findings.words(true);
      return;
    } catch (error) {
      if (!(error instanceof Lost)) {
        byId("saved").textContent = error.message;
        return;
      }
      lost(true);
      await pause(1000);
    }
  }
}

new ResizeObserver(([viewer]) => {
  document.documentElement.style.setProperty("--viewer", `${Math.ceil(viewer.contentRect.height) + 24}px`);
}).observe(document.querySelector(".viewer"));

if (code) follow();
else asksToJoin();
