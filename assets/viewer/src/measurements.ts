// Measurements as plain data and back: Python stores them over a reload of the page.
import { eventTarget } from "@cornerstonejs/core";
import { annotation, Enums, type Types } from "@cornerstonejs/tools";

import type { Measured } from "./data";
import { MEASUREMENT_TOOLS } from "./mouse_tools";

export function measurements(): Types.Annotation[] {
  return annotation.state.getAllAnnotations().filter(({ metadata }) => MEASUREMENT_TOOLS.includes(metadata?.toolName ?? ""));
}

/** All that Cornerstone needs to draw them again; of its computed values only numbers and words. */
export function serialised(): Measured[] {
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

/** Length, angle or area with its points, for the reading's exports. */
export function summaries(): Record<string, unknown>[] {
  return measurements().map(({ metadata, data }) => ({
    tool: metadata!.toolName,
    frame: metadata!.FrameOfReferenceUID,
    points: data?.handles?.points?.map((point) => [...point]),
    values: Object.values(data?.cachedStats ?? {})[0] ?? {},
  }));
}

export function remove(which: "selected" | "all"): void {
  const uids = which === "selected"
    ? annotation.selection.getAnnotationsSelected()
    : measurements().map((one) => one.annotationUID!);
  for (const uid of uids) annotation.state.removeAnnotation(uid);
}

export function removeEverything(): void {
  annotation.state.removeAllAnnotations();
}

const CHANGES = [Enums.Events.ANNOTATION_COMPLETED, Enums.Events.ANNOTATION_MODIFIED, Enums.Events.ANNOTATION_REMOVED];

/** Calls `changed` after every change of a measurement, until the returned function is called. */
export function onChange(changed: () => void): () => void {
  for (const name of CHANGES) eventTarget.addEventListener(name, changed);
  return () => {
    for (const name of CHANGES) eventTarget.removeEventListener(name, changed);
  };
}

export function restore(measured: Measured[]): void {
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
