// Mouse and reference lines: Cornerstone's own tools, put together.
import * as tools from "@cornerstonejs/tools";

import { ENGINE_ID } from "./engine";
import type { Pane } from "./pane";

const { MouseBindings, KeyboardBindings } = tools.Enums;

/** Tools of the left button, in the order of the toolbar. */
export const LEFT = {
  window: { tool: tools.WindowLevelTool, symbol: "brightness_6", words: "Window: drag (W)", key: "w" },
  scroll: { tool: tools.StackScrollTool, symbol: "swap_vert", words: "Scroll: drag (S)", key: "s" },
  zoom: { tool: tools.ZoomTool, symbol: "zoom_in", words: "Zoom: drag (Z)", key: "z" },
  pan: { tool: tools.PanTool, symbol: "pan_tool", words: "Pan: drag (P)", key: "p" },
  length: { tool: tools.LengthTool, symbol: "straighten", words: "Length in mm (D)", key: "d" },
  cobb: { tool: tools.CobbAngleTool, symbol: "square_foot", words: "Cobb angle: two lines (A)", key: "a" },
  ellipse: { tool: tools.EllipticalROITool, symbol: "circle", words: "Ellipse: area, mean, deviation (E)", key: "e" },
} as const;
export type LeftTool = keyof typeof LEFT;

export const MEASUREMENTS = [tools.LengthTool, tools.CobbAngleTool, tools.EllipticalROITool].map((t) => t.toolName);

export class Hands {
  private readonly group: ReturnType<typeof tools.ToolGroupManager.createToolGroup>;
  left: LeftTool = "window";

  constructor(private readonly id: string) {
    this.group = tools.ToolGroupManager.createToolGroup(id);
    for (const { tool } of Object.values(LEFT)) this.group!.addTool(tool.toolName);
    this.group!.addTool(tools.ReferenceLinesTool.toolName, { sourceViewportId: "" });
    for (const name of MEASUREMENTS) this.group!.setToolPassive(name);
    // A finger has no wheel: on a tablet it scrolls until another tool is chosen.
    this.choose(window.matchMedia("(pointer: coarse)").matches ? "scroll" : "window");
  }

  /** Left button or finger as chosen; middle pans, right or two fingers zoom, the wheel scrolls, as on workstations. */
  choose(left: LeftTool): void {
    this.left = left;
    const bindings: Record<string, tools.Types.IToolBinding[]> = {
      [tools.PanTool.toolName]: [{ mouseButton: MouseBindings.Auxiliary }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Shift }],
      [tools.ZoomTool.toolName]: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
      [tools.StackScrollTool.toolName]: [{ mouseButton: MouseBindings.Wheel }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Ctrl }],
    };
    for (const { tool } of Object.values(LEFT)) {
      const name = tool.toolName;
      const own = bindings[name] ?? [];
      const all = LEFT[left].tool === tool ? [{ mouseButton: MouseBindings.Primary }, ...own] : own;
      this.group!.setToolPassive(name, { removeAllBindings: true });
      if (all.length) this.group!.setToolActive(name, { bindings: all });
      else if (!MEASUREMENTS.includes(name)) this.group!.setToolDisabled(name);
    }
  }

  add(pane: Pane): void {
    this.group!.addViewport(pane.id, ENGINE_ID);
  }

  /** Draws the plane of `pane` as a line in the others; Cornerstone refuses where the frames of reference differ. */
  refer(pane: Pane | null): void {
    const name = tools.ReferenceLinesTool.toolName;
    this.group!.setToolConfiguration(name, { sourceViewportId: pane?.id ?? "" });
    if (pane) this.group!.setToolEnabled(name);
    else this.group!.setToolDisabled(name);
  }

  end(): void {
    tools.ToolGroupManager.destroyToolGroup(this.id);
  }
}

export function play(pane: Pane, framesPerSecond: number): void {
  tools.utilities.cine.playClip(pane.element, { framesPerSecond, loop: true });
}

export function stop(pane: Pane): void {
  tools.utilities.cine.stopClip(pane.element);
}

