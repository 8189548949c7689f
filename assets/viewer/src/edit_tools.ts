// Tools of the left mouse button while outlines are edited: symbol, name and key.

export const EDIT_TOOLS = {
  brush: { symbol: "brush", words: "Brush: add to the structure (1)", key: "1" },
  eraser: { symbol: "ink_eraser", words: "Eraser: take from the structure, and from others that are not locked (2)", key: "2" },
  sculpt: { symbol: "polyline", words: "Sculpt: push the outline from inside or outside (3)", key: "3" },
} as const;

/** The key that fills the slices between edited ones. */
export const INTERPOLATE = "4";

export type EditTool = keyof typeof EDIT_TOOLS;

export const EDIT_TOOL_NAMES = Object.keys(EDIT_TOOLS) as EditTool[];

export function isEditTool(name: string): name is EditTool {
  return name in EDIT_TOOLS;
}
