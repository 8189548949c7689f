// Mouse, touch and reference lines: Cornerstone's own tools and their bindings.
import * as tools from "@cornerstonejs/tools";

import { ENGINE_ID } from "./engine";
import { LEFT_TOOL_NAMES, type LeftTool } from "./left_tools";
import type { Pane } from "./pane";

const { MouseBindings, KeyboardBindings } = tools.Enums;

const TOOL_NAMES: Record<LeftTool, string> = {
  window: tools.WindowLevelTool.toolName,
  scroll: tools.StackScrollTool.toolName,
  zoom: tools.ZoomTool.toolName,
  pan: tools.PanTool.toolName,
  length: tools.LengthTool.toolName,
  cobb: tools.CobbAngleTool.toolName,
  ellipse: tools.EllipticalROITool.toolName,
};

export const MEASUREMENT_TOOLS = [TOOL_NAMES.length, TOOL_NAMES.cobb, TOOL_NAMES.ellipse];

/** Bindings that hold whichever tool the left button has: middle pans, right zooms, the wheel scrolls, as on workstations. */
const PERMANENT: Record<string, tools.Types.IToolBinding[]> = {
  [TOOL_NAMES.pan]: [{ mouseButton: MouseBindings.Auxiliary }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Shift }],
  [TOOL_NAMES.zoom]: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
  [TOOL_NAMES.scroll]: [{ mouseButton: MouseBindings.Wheel }, { mouseButton: MouseBindings.Primary, modifierKey: KeyboardBindings.Ctrl }],
};

export class MouseTools {
  private readonly group: ReturnType<typeof tools.ToolGroupManager.createToolGroup>;
  left: LeftTool = "window";

  constructor(private readonly id: string) {
    this.group = tools.ToolGroupManager.createToolGroup(id);
    for (const name of Object.values(TOOL_NAMES)) this.group!.addTool(name);
    this.group!.addTool(tools.ReferenceLinesTool.toolName, { sourceViewportId: "" });
    for (const name of MEASUREMENT_TOOLS) this.group!.setToolPassive(name);
    // A finger has no wheel: on a tablet it scrolls until another tool is chosen.
    this.choose(window.matchMedia("(pointer: coarse)").matches ? "scroll" : "window");
  }

  /** Gives a tool the left button, or one finger. */
  choose(left: LeftTool): void {
    this.left = left;
    for (const tool of LEFT_TOOL_NAMES) {
      const name = TOOL_NAMES[tool];
      const permanent = PERMANENT[name] ?? [];
      const bindings = tool === left ? [{ mouseButton: MouseBindings.Primary }, ...permanent] : permanent;
      this.group!.setToolPassive(name, { removeAllBindings: true });
      if (bindings.length) this.group!.setToolActive(name, { bindings });
      else if (!MEASUREMENT_TOOLS.includes(name)) this.group!.setToolDisabled(name);
    }
  }

  add(pane: Pane): void {
    this.group!.addViewport(pane.id, ENGINE_ID);
  }

  /** Draws the plane of `pane` as a line in the others; Cornerstone refuses where the frames of reference differ. */
  showReferenceLines(pane: Pane | null): void {
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
