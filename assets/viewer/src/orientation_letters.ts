// The letters at the edges of a pane: R, L, A, P, H, F.
import { utilities } from "@cornerstonejs/tools";

import type { ImagePoint, SeriesData } from "./data";
import { svg } from "./dom";

export function orientationLetters(
  series: SeriesData, toCanvas: (point: ImagePoint) => [number, number], width: number, height: number,
): SVGElement[] {
  const [x0, y0] = toCanvas([0, 0]);
  const steps: [ImagePoint, readonly number[]][] = [[[0, 1], series.rowDirection], [[1, 0], series.columnDirection]];
  const { getOrientationStringLPS, invertOrientationStringLPS } = utilities.orientation;
  return steps.flatMap(([point, direction]) => {
    const [x, y] = toCanvas(point);
    const letter = getOrientationStringLPS([...direction] as [number, number, number]);
    const opposite = invertOrientationStringLPS(letter);
    const across = Math.abs(x - x0) > Math.abs(y - y0);
    const [ahead, behind] = (across ? x > x0 : y > y0) ? [letter, opposite] : [opposite, letter];
    return across
      ? [text(width - 14, height / 2, ahead), text(14, height / 2, behind)]
      : [text(width / 2, height - 12, ahead), text(width / 2, 16, behind)];
  });
}

/** The main letter only: the reference line shows the tilt of an angled slab. */
function text(x: number, y: number, letters: string): SVGElement {
  return svg("text", { x, y, class: "letter" }, letters[0]);
}
