// The help on keyboard and mouse.
import { html } from "./dom";
import { KEY_BINDINGS } from "./keys";
import { LEFT_TOOLS } from "./left_tools";

const MOUSE: [string, string][] = [
  ["Wheel", "One slice per step"],
  ["Left, middle, right drag", "Chosen tool, pan, zoom"],
  ["One finger, two fingers", "Chosen tool, zoom"],
  ["Click a disc, drag its dot", "Select its findings, correct its position"],
];

/** While outlines are edited. */
const EDITING: [string, string][] = [
  ["1 2 3, editing outlines", "Brush, eraser, sculpt"],
  ["4, editing outlines", "Interpolate between edited slices"],
  ["Ctrl Z, Ctrl Shift Z", "Undo or redo an edit of an outline"],
];

export function helpDialog(): HTMLDialogElement {
  const rows: [string, string][] = [
    ...MOUSE,
    ...KEY_BINDINGS.filter(({ shown }) => shown).map(({ shown, words }): [string, string] => [shown, words]),
    ...EDITING,
    ...Object.values(LEFT_TOOLS).map(({ key, words }): [string, string] => [key.toUpperCase(), words.replace(/ \(.\)$/, "")]),
  ];
  const list = html("dl", {}, ...rows.flatMap(([keys, words]) => [html("dt", {}, keys), html("dd", {}, words)]));
  const close = html("button", { type: "submit", autofocus: true }, "Close");
  return html("dialog", { "aria-label": "Keyboard and mouse" }, html("form", { method: "dialog" }, list, close));
}
