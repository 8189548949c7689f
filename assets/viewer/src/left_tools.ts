// Tools of the left mouse button, in the order of the toolbar: symbol, name and key.

export const LEFT_TOOLS = {
  window: { symbol: "brightness_6", words: "Window: drag (W)", key: "w" },
  scroll: { symbol: "swap_vert", words: "Scroll: drag (S)", key: "s" },
  zoom: { symbol: "zoom_in", words: "Zoom: drag (Z)", key: "z" },
  pan: { symbol: "pan_tool", words: "Pan: drag (P)", key: "p" },
  length: { symbol: "straighten", words: "Length in mm (D)", key: "d" },
  cobb: { symbol: "square_foot", words: "Cobb angle: two lines (A)", key: "a" },
  ellipse: { symbol: "circle", words: "Ellipse: area, mean, standard deviation (E)", key: "e" },
} as const;

export type LeftTool = keyof typeof LEFT_TOOLS;

export const LEFT_TOOL_NAMES = Object.keys(LEFT_TOOLS) as LeftTool[];
