// Mouse, touch and reference lines: Cornerstone's own tools and their bindings.
import * as tools from "@cornerstonejs/tools";

import { OutlineContourTool } from "./contour_annotations";
import { EDIT_TOOL_NAMES, type EditTool } from "./edit_tools";
import { ENGINE_ID } from "./engine";
import { BRUSH_STRATEGIES } from "./label_brush";
import { LEFT_TOOL_NAMES, type LeftTool } from "./left_tools";
import type { Pane } from "./pane";

const { MouseBindings, KeyboardBindings } = tools.Enums;

export type ActiveTool = LeftTool | EditTool;

const TOOL_NAMES: Record<ActiveTool, string> = {
  window: tools.WindowLevelTool.toolName,
  scroll: tools.StackScrollTool.toolName,
  zoom: tools.ZoomTool.toolName,
  pan: tools.PanTool.toolName,
  length: tools.LengthTool.toolName,
  cobb: tools.CobbAngleTool.toolName,
  ellipse: tools.EllipticalROITool.toolName,
  brush: "OutlineBrush",
  eraser: "OutlineEraser",
  sculpt: tools.SculptorTool.toolName,
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
  left: ActiveTool = "window";

  constructor(readonly id: string) {
    this.group = tools.ToolGroupManager.createToolGroup(id);
    for (const tool of LEFT_TOOL_NAMES) this.group!.addTool(TOOL_NAMES[tool]);
    this.addEditTools();
    this.group!.addTool(tools.ReferenceLinesTool.toolName, { sourceViewportId: "" });
    for (const name of MEASUREMENT_TOOLS) this.group!.setToolPassive(name);
    // A finger has no wheel: on a tablet it scrolls until another tool is chosen.
    this.choose(window.matchMedia("(pointer: coarse)").matches ? "scroll" : "window");
  }

  private addEditTools(): void {
    for (const [tool, activeStrategy] of [["brush", "FILL_LABELS"], ["eraser", "ERASE_LABELS"]] as const)
      this.group!.addToolInstance(TOOL_NAMES[tool], tools.BrushTool.toolName, {
        strategies: BRUSH_STRATEGIES, defaultStrategy: activeStrategy, activeStrategy,
      });
    this.group!.addTool(OutlineContourTool.toolName, { calculateStats: false });
    this.group!.addTool(TOOL_NAMES.sculpt, {
      referencedToolNames: [OutlineContourTool.toolName], referencedToolName: OutlineContourTool.toolName, updateCursorSize: "",
    });
  }

  /** Gives a tool the left button, or one finger. */
  choose(left: ActiveTool): void {
    this.left = left;
    for (const tool of [...LEFT_TOOL_NAMES, ...EDIT_TOOL_NAMES]) {
      const name = TOOL_NAMES[tool];
      const permanent = PERMANENT[name] ?? [];
      const bindings = tool === left ? [{ mouseButton: MouseBindings.Primary }, ...permanent] : permanent;
      this.group!.setToolPassive(name, { removeAllBindings: true });
      if (bindings.length) this.group!.setToolActive(name, { bindings });
      else if (!MEASUREMENT_TOOLS.includes(name)) this.group!.setToolDisabled(name);
    }
    // Contours are seen while they are sculpted, and changed by the sculptor only.
    if (left === "sculpt") this.group!.setToolEnabled(OutlineContourTool.toolName);
    else this.group!.setToolDisabled(OutlineContourTool.toolName);
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
