// Cornerstone starts once and keeps running while the reader moves between pages.
import { cache, init as initCore, RenderingEngine } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";

import { OutlineContourTool } from "./contour_annotations";
import { registerLoader } from "./images";
import { drawLabelMapsOurselves } from "./segmentations";

/** Bytes of slices kept in the browser. */
const CACHE_BYTES = 768 * 2 ** 20;

/** Okabe and Ito's yellow: colour-blind readers can tell it from the markers' blue and orange. */
const YELLOW = "#f0e442";

export const ENGINE_ID = "spinelens";

let engine: RenderingEngine | undefined;

export function theEngine(): RenderingEngine {
  if (engine) return engine;
  initCore();
  tools.init();
  cache.setMaxCacheSize(CACHE_BYTES);
  registerLoader();
  for (const tool of [
    tools.WindowLevelTool, tools.StackScrollTool, tools.ZoomTool, tools.PanTool, tools.ReferenceLinesTool,
    tools.LengthTool, tools.CobbAngleTool, tools.EllipticalROITool, tools.BrushTool, tools.SculptorTool,
    OutlineContourTool,
  ]) tools.addTool(tool);
  drawLabelMapsOurselves();
  const { stackContextPrefetch } = tools.utilities;
  stackContextPrefetch.setConfiguration({ maxImagesToPrefetch: Infinity, minBefore: 3, maxAfter: 3 });
  const { style } = tools.annotation.config;
  const defaults = style.getDefaultToolStyles();
  style.setDefaultToolStyles({
    ...defaults,
    global: {
      ...defaults.global, color: YELLOW, colorHighlighted: "#ffffff", colorSelected: "#ffffff",
      textBoxColor: YELLOW, textBoxColorHighlighted: "#ffffff", textBoxColorSelected: "#ffffff", textBoxFontSize: "12px",
    },
    ReferenceLines: { color: YELLOW, lineDash: "6,4", lineWidth: "1.2" },
  });
  engine = new RenderingEngine(ENGINE_ID);
  return engine;
}
