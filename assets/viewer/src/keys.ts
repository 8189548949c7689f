// The keyboard, and its help.
import { html } from "./dom";
import { LEFT, type LeftTool } from "./tools";
import type { Viewer } from "./viewer";

interface Key {
  keys: string[];
  shown: string;
  words: string;
  act: (viewer: Viewer, event: KeyboardEvent) => void;
}

const PAGE = 5;
const STEP = 40;

const pan = (x: number, y: number) => (viewer: Viewer) => viewer.active?.pan(x * STEP, y * STEP);

/** Capitals stand for Shift. */
const KEYS: Key[] = [
  { keys: ["ArrowUp", "ArrowLeft"], shown: "↑ ←", words: "Previous slice", act: (v) => v.active?.scroll(-1) },
  { keys: ["ArrowDown", "ArrowRight"], shown: "↓ →", words: "Next slice", act: (v) => v.active?.scroll(1) },
  { keys: ["PageUp", "PageDown"], shown: "Page Up/Down", words: `${PAGE} slices back or on`, act: (v, e) => v.active?.scroll(e.key === "PageUp" ? -PAGE : PAGE) },
  { keys: ["Home", "End"], shown: "Home, End", words: "First or last slice", act: (v, e) => v.active?.goTo(e.key === "Home" ? 0 : Infinity) },
  { keys: ["+", "="], shown: "+", words: "Zoom in", act: (v) => v.active?.zoom(1.15) },
  { keys: ["-"], shown: "−", words: "Zoom out", act: (v) => v.active?.zoom(1 / 1.15) },
  { keys: ["Shift+ArrowUp"], shown: "Shift ↑ ↓ ← →", words: "Pan", act: pan(0, 1) },
  { keys: ["Shift+ArrowDown"], shown: "", words: "", act: pan(0, -1) },
  { keys: ["Shift+ArrowLeft"], shown: "", words: "", act: pan(1, 0) },
  { keys: ["Shift+ArrowRight"], shown: "", words: "", act: pan(-1, 0) },
  { keys: ["f"], shown: "F", words: "Fit, undo rotation and flips", act: (v) => v.active?.fit() },
  { keys: ["o"], shown: "O", words: "One pixel to one pixel", act: (v) => v.active?.oneToOne() },
  { keys: ["i"], shown: "I", words: "Invert", act: (v) => v.active?.invert() },
  { keys: ["r"], shown: "R", words: "Rotate a quarter", act: (v) => v.active?.turn() },
  { keys: ["h"], shown: "H", words: "Flip left and right", act: (v) => v.active?.flip("flipHorizontal") },
  { keys: ["v"], shown: "V", words: "Flip up and down", act: (v) => v.active?.flip("flipVertical") },
  { keys: ["0"], shown: "0", words: "First window preset", act: (v) => v.preset(0) },
  { keys: ["1", "2", "3", "4"], shown: "1 2 3 4", words: "One, two, three, four panes", act: (v, e) => v.arrange(Number(e.key) as 1 | 2 | 3 | 4) },
  { keys: ["Enter"], shown: "Enter, double click", words: "Enlarge the pane, and back", act: (v) => v.enlarge() },
  { keys: ["l"], shown: "L", words: "Disc labels on or off", act: (v) => v.toggle("labels") },
  { keys: ["u"], shown: "U", words: "Outlines on or off", act: (v) => v.toggle("outlines") },
  { keys: ["k"], shown: "K", words: "Mark as key image", act: (v) => v.markKey() },
  { keys: [" "], shown: "Space", words: "Play or stop", act: (v) => v.cine() },
  { keys: ["b"], shown: "B", words: "Blink between two maps", act: (v) => v.compareMaps("blink") },
  { keys: ["Delete", "Backspace"], shown: "Delete", words: "Remove the selected measurement", act: (v) => v.removeMeasurements(true) },
  { keys: ["?"], shown: "?", words: "This help", act: (v) => v.help() },
];

/** True where the key meant something. Typing into a field is left alone. */
export function press(viewer: Viewer, event: KeyboardEvent): boolean {
  const target = event.composedPath()[0] as Element;
  if (["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target.closest("button, [role=button]") && ["Enter", " "].includes(event.key)) return false;
  const arrow = event.key.startsWith("Arrow");
  const pressed = event.shiftKey && arrow ? `Shift+${event.key}` : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const found = KEYS.find(({ keys }) => keys.includes(pressed));
  if (found) {
    found.act(viewer, event);
    return true;
  }
  const tool = (Object.keys(LEFT) as LeftTool[]).find((name) => LEFT[name].key === pressed);
  if (tool) viewer.choose(tool);
  return tool !== undefined;
}

export function helpDialog(): HTMLDialogElement {
  const rows: [string, string][] = [
    ["Wheel", "One slice a tick"],
    ["Left, middle, right drag", "Chosen tool, pan, zoom"],
    ["One finger, two fingers", "Chosen tool, zoom"],
    ["Click, drag a disc", "Select its findings, put it right"],
    ...KEYS.filter(({ shown }) => shown).map(({ shown, words }): [string, string] => [shown, words]),
    ...Object.values(LEFT).map(({ key, words }): [string, string] => [key.toUpperCase(), words.replace(/ \(.\)$/, "")]),
  ];
  const list = html("dl", {}, ...rows.flatMap(([keys, words]) => [html("dt", {}, keys), html("dd", {}, words)]));
  const close = html("button", { type: "submit", autofocus: true }, "Close");
  return html("dialog", { "aria-label": "Keyboard and mouse" }, html("form", { method: "dialog" }, list, close));
}
