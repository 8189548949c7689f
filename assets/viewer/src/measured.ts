// Measurements as plain data and back: Python keeps them over a reload of the page.
import { annotation, type Types } from "@cornerstonejs/tools";

import type { Measured } from "./data";
import { MEASUREMENTS } from "./tools";

export function measurements(): Types.Annotation[] {
  return annotation.state.getAllAnnotations().filter(({ metadata }) => MEASUREMENTS.includes(metadata?.toolName ?? ""));
}

/** All that Cornerstone needs to draw them again; of what it worked out only numbers and words. */
export function written(): Measured[] {
  return measurements().map(({ annotationUID, metadata, data }) => {
    const { toolName, FrameOfReferenceUID, referencedImageId, viewPlaneNormal, viewUp } = metadata!;
    const { points, textBox } = data.handles as { points: number[][]; textBox?: unknown };
    return plain({
      annotationUID,
      metadata: { toolName, FrameOfReferenceUID, referencedImageId, viewPlaneNormal: list(viewPlaneNormal), viewUp: list(viewUp) },
      data: {
        label: data.label ?? "",
        handles: { points: points.map(list), activeHandleIndex: null, textBox },
        cachedStats: Object.fromEntries(Object.entries(data.cachedStats ?? {}).map(([of, stats]) => [of, figures(stats)])),
      },
    }) as Measured;
  });
}

export function draw(measured: Measured[]): void {
  for (const one of measured)
    annotation.state.addAnnotation(one as unknown as Types.Annotation, String(one.metadata.FrameOfReferenceUID));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function list(point: unknown): number[] | undefined {
  return point ? [...(point as number[])] : undefined;
}

function figures(stats: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(stats as object).filter(([, value]) => value === null || typeof value !== "object"));
}
