// A place that a person marked on a slice: a cross for a reader's own, a dashed circle for the place to be found.
import type { ImagePoint, PlaceData } from "./data";
import { svg } from "./dom";

/** Half the length of a cross in CSS pixels, and the distance of the words from the mark. */
const ARM = 7;
const CLEAR = 10;

export function drawPlace(place: PlaceData, toCanvas: (point: ImagePoint) => [number, number]): SVGElement {
  const [x, y] = toCanvas(place.center);
  const [edgeX, edgeY] = toCanvas([place.center[0] + place.radius, place.center[1]]);
  const radius = Math.hypot(edgeX - x, edgeY - y);
  const shape = place.kind === "own"
    ? svg("path", { d: `M${x - ARM} ${y}H${x + ARM}M${x} ${y - ARM}V${y + ARM}` })
    : svg("circle", { cx: x, cy: y, r: Math.max(radius, ARM) });
  // Above one's own mark and below the reference, so that the words of a hit do not lie on each other.
  const wordsY = place.kind === "own" ? y - ARM - CLEAR : y + Math.max(radius, ARM) + 2 * CLEAR;
  const words = svg("text", { x, y: wordsY });
  words.textContent = place.words;
  return svg("g", { class: `placed ${place.kind}` }, shape, words);
}
