// The keyboard: which key runs which command.
import type { Commands } from "./commands";
import type { Layout } from "./data";
import { LEFT_TOOL_NAMES, LEFT_TOOLS } from "./left_tools";

interface KeyBinding {
  keys: string[];
  /** As the help shows it; empty for a binding that another line of the help covers. */
  shown: string;
  words: string;
  /** Returns false where the key has nothing to do and stays with the browser. */
  run: (commands: Commands, key: string) => boolean | void;
}

const PAGE = 5;
const PAN_STEP = 40;
const ZOOM_STEP = 1.15;

const pan = (x: number, y: number) => (c: Commands) => c.active?.camera.pan(x * PAN_STEP, y * PAN_STEP);

/** Capitals stand for Shift. */
export const KEY_BINDINGS: KeyBinding[] = [
  { keys: ["ArrowUp", "ArrowLeft"], shown: "↑ ←", words: "Previous slice", run: (c) => c.active?.scroll(-1) },
  { keys: ["ArrowDown", "ArrowRight"], shown: "↓ →", words: "Next slice", run: (c) => c.active?.scroll(1) },
  { keys: ["PageUp", "PageDown"], shown: "Page Up/Down", words: `${PAGE} slices back or forward`, run: (c, key) => c.active?.scroll(key === "PageUp" ? -PAGE : PAGE) },
  { keys: ["Home", "End"], shown: "Home, End", words: "First or last slice", run: (c, key) => c.active?.goTo(key === "Home" ? 0 : Infinity) },
  { keys: ["+", "="], shown: "+", words: "Zoom in", run: (c) => c.active?.camera.zoom(ZOOM_STEP) },
  { keys: ["-"], shown: "−", words: "Zoom out", run: (c) => c.active?.camera.zoom(1 / ZOOM_STEP) },
  { keys: ["Shift+ArrowUp"], shown: "Shift ↑ ↓ ← →", words: "Pan", run: pan(0, 1) },
  { keys: ["Shift+ArrowDown"], shown: "", words: "", run: pan(0, -1) },
  { keys: ["Shift+ArrowLeft"], shown: "", words: "", run: pan(1, 0) },
  { keys: ["Shift+ArrowRight"], shown: "", words: "", run: pan(-1, 0) },
  { keys: ["f"], shown: "F", words: "Fit the whole slice, undo rotation and flips", run: (c) => c.active?.camera.fit() },
  { keys: ["o"], shown: "O", words: "One image pixel per screen pixel", run: (c) => c.active?.camera.oneToOne() },
  { keys: ["i"], shown: "I", words: "Invert", run: (c) => c.active?.invert() },
  { keys: ["r"], shown: "R", words: "Rotate by 90°", run: (c) => c.active?.camera.rotate() },
  { keys: ["h"], shown: "H", words: "Flip left and right", run: (c) => c.active?.camera.flip("flipHorizontal") },
  { keys: ["v"], shown: "V", words: "Flip up and down", run: (c) => c.active?.camera.flip("flipVertical") },
  { keys: ["0"], shown: "0", words: "First window preset", run: (c) => c.preset(0) },
  { keys: ["1", "2", "3", "4"], shown: "1 2 3 4", words: "One, two, three, four panes", run: (c, key) => c.arrange(Number(key) as Layout) },
  { keys: ["Enter"], shown: "Enter, double click", words: "Enlarge the pane, and back", run: (c) => c.enlarge() },
  { keys: ["m"], shown: "M", words: "Fill the window with the pane, and back", run: (c) => c.fillWindow() },
  { keys: ["Escape"], shown: "Escape", words: "Back to all panes", run: (c) => c.leaveEnlarged() },
  { keys: ["l"], shown: "L", words: "Disc labels on or off", run: (c) => c.toggle("labels") },
  { keys: ["u"], shown: "U", words: "Outlines on or off", run: (c) => c.toggle("outlines") },
  { keys: ["x"], shown: "X", words: "Edit outlines, and back", run: (c) => c.editOutlines() },
  { keys: ["k"], shown: "K", words: "Mark as key image", run: (c) => c.markKeyImage() },
  { keys: [" "], shown: "Space", words: "Play or stop", run: (c) => c.playOrStop() },
  { keys: ["b"], shown: "B", words: "Blink between two maps", run: (c) => c.compareMaps("blink") },
  { keys: ["Delete", "Backspace"], shown: "Delete", words: "Remove the selected measurement", run: (c) => c.removeMeasurements("selected") },
  { keys: ["?"], shown: "?", words: "This help", run: (c) => c.help() },
];

type Pressed = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey" | "composedPath">;

/** Runs the command of a key; false where the key has none. Keys typed into a field or a dialog are left alone. */
export function runKey(commands: Commands, event: Pressed): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.composedPath()[0] as Element;
  if (["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName) || target.closest("dialog")) return false;
  if (["Enter", " "].includes(event.key) && target.closest("button, [role=button]")) return false;
  const pressed = keyName(event);
  const binding = KEY_BINDINGS.find(({ keys }) => keys.includes(pressed));
  if (binding) return binding.run(commands, event.key) !== false;
  const tool = LEFT_TOOL_NAMES.find((name) => LEFT_TOOLS[name].key === pressed);
  if (tool) commands.chooseTool(tool);
  return tool !== undefined;
}

function keyName({ key, shiftKey }: Pressed): string {
  if (shiftKey && key.startsWith("Arrow")) return `Shift+${key}`;
  return key.length === 1 ? key.toLowerCase() : key;
}
