// The keyboard while outlines are edited.
import { EDIT_TOOL_NAMES, EDIT_TOOLS, INTERPOLATE } from "./edit_tools";
import type { OutlineActions } from "./outline_bar";

type Pressed = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "composedPath">;
type Actions = Pick<OutlineActions, "choose" | "undo" | "redo" | "interpolate">;

/** Runs what a key does; false where it does nothing. Keys typed into a field are left alone. */
export function runEditKey(actions: Actions, event: Pressed): boolean {
  const { tagName } = event.composedPath()[0] as Element;
  if (event.altKey || ["INPUT", "SELECT", "TEXTAREA"].includes(tagName)) return false;
  const pressed = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return historyKey(actions, pressed, event.shiftKey);
  const tool = EDIT_TOOL_NAMES.find((name) => EDIT_TOOLS[name].key === pressed);
  if (tool) actions.choose(tool);
  if (pressed === INTERPOLATE) void actions.interpolate();
  return tool !== undefined || pressed === INTERPOLATE;
}

function historyKey(actions: Actions, pressed: string, shift: boolean): boolean {
  if (pressed !== "z" && pressed !== "y") return false;
  if (pressed === "y" || shift) actions.redo();
  else actions.undo();
  return true;
}
