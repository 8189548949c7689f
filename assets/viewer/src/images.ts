// Slices over HTTP as Cornerstone's images.
import { cache, Enums, imageLoader, metaData, utilities, type Types } from "@cornerstonejs/core";

import type { SeriesData } from "./data";
import { fetchPixels, valueRange } from "./pixels";

const SCHEME = "spinelens";
const BITS = { uint8: 8, int16: 16, uint16: 16, float32: 32 };

const known = new Map<string, SeriesData>();

export function register(series: SeriesData): void {
  known.set(series.address, series);
}

/** Drops every slice from memory: another study is open. */
export function forgetImages(): void {
  known.clear();
  cache.purgeCache();
}

export function imageIds(series: SeriesData): string[] {
  return Array.from({ length: series.slices }, (_, slice) => `${SCHEME}:${series.address}/${slice}`);
}

/** The image of a slice's labels: Cornerstone asks for its geometry, and never loads it. */
export function labelImageId(imageId: string): string {
  return `labels:${imageId}`;
}

function parse(imageId: string): { series: SeriesData; slice: number } | undefined {
  const [, address, slice] = /^(?:labels:)?spinelens:(.*)\/(\d+)$/.exec(imageId) ?? [];
  const series = known.get(address);
  return series && { series, slice: Number(slice) };
}

async function load(imageId: string): Promise<Types.IImage> {
  const found = parse(imageId);
  if (!found) throw new Error("unknown slice");
  const { series, slice } = found;
  const { rows, columns, spacing } = series;
  const values = await fetchPixels(`${series.address}/${slice}`, series.type, rows * columns);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    width: columns, height: rows, numberOfComponents: 1, scalarData: values as never,
  });
  const [minPixelValue, maxPixelValue] = valueRange(values);
  const { lower, upper } = series.presets[0];
  const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(lower, upper);
  return {
    imageId, rows, columns, height: rows, width: columns, minPixelValue, maxPixelValue, windowWidth, windowCenter,
    slope: 1, intercept: 0, color: false, rgba: false, numberOfComponents: 1, invert: series.inverted,
    voiLUTFunction: voiFunction(series), columnPixelSpacing: spacing[1], rowPixelSpacing: spacing[0],
    photometricInterpretation: photometric(series), sizeInBytes: values.byteLength,
    dataType: values.constructor.name as Types.PixelDataTypedArrayString, voxelManager: voxelManager as never,
    getPixelData: () => voxelManager.getScalarData() as never, getCanvas: () => document.createElement("canvas"),
  } as Types.IImage;
}

function voiFunction(series: SeriesData): Enums.VOILUTFunctionType {
  return series.sigmoid ? Enums.VOILUTFunctionType.SAMPLED_SIGMOID : Enums.VOILUTFunctionType.LINEAR;
}

function photometric(series: SeriesData): string {
  return series.inverted ? "MONOCHROME1" : "MONOCHROME2";
}

function metadata(type: string, imageId: unknown): unknown {
  const found = typeof imageId === "string" ? parse(imageId) : undefined;
  if (!found) return undefined;
  const { series, slice } = found;
  const { rows, columns } = series;
  const bits = BITS[series.type];
  switch (type) {
    case Enums.MetadataModules.IMAGE_PLANE: {
      // Without a spacing Cornerstone measures in pixels.
      const [rowPixelSpacing, columnPixelSpacing] = series.millimetres ? series.spacing : [undefined, undefined];
      return {
        frameOfReferenceUID: series.frame, rows, columns, rowPixelSpacing, columnPixelSpacing,
        pixelSpacing: series.millimetres ? series.spacing : undefined,
        imageOrientationPatient: [...series.rowDirection, ...series.columnDirection],
        rowCosines: series.rowDirection, columnCosines: series.columnDirection,
        imagePositionPatient: series.positions[slice],
      };
    }
    case Enums.MetadataModules.IMAGE_PIXEL:
      return {
        rows, columns, samplesPerPixel: 1, bitsAllocated: bits, bitsStored: bits, highBit: bits - 1,
        pixelRepresentation: series.type === "int16" ? 1 : 0, photometricInterpretation: photometric(series),
      };
    case Enums.MetadataModules.GENERAL_SERIES:
      return { modality: "MR", seriesInstanceUID: series.uid };
    case Enums.MetadataModules.VOI_LUT:
      return { voiLUTFunction: voiFunction(series) };
    default:
      return undefined;
  }
}

export function registerLoader(): void {
  imageLoader.registerImageLoader(SCHEME, (imageId) => ({ promise: load(imageId) }));
  metaData.addProvider(metadata, 1000);
}
