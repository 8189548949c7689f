// Slices over HTTP as Cornerstone's images.
import { cache, Enums, imageLoader, metaData, utilities, type Types } from "@cornerstonejs/core";

import type { SeriesData } from "./data";

const SCHEME = "spinelens";
const ARRAYS = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array };
const BITS = { uint8: 8, int16: 16, uint16: 16, float32: 32 };

const known = new Map<string, SeriesData>();

export function register(series: SeriesData): void {
  known.set(series.address, series);
}

/** Forgets every slice, in memory too: another study is open. */
export function forget(): void {
  known.clear();
  cache.purgeCache();
}

export function imageIds(series: SeriesData): string[] {
  return Array.from({ length: series.slices }, (_, slice) => `${SCHEME}:${series.address}/${slice}`);
}

export async function fetchArray(address: string, type: SeriesData["type"]): Promise<Types.PixelDataTypedArray> {
  const answer = await fetch(new URL(`/${address}`, document.baseURI));
  if (!answer.ok) throw new Error(`pixels answered ${answer.status}`);
  return new ARRAYS[type](await answer.arrayBuffer());
}

function parse(imageId: string): { series: SeriesData; slice: number } | undefined {
  const [, address, slice] = /^spinelens:(.*)\/(\d+)$/.exec(imageId) ?? [];
  const series = known.get(address);
  return series && { series, slice: Number(slice) };
}

function range(values: Types.PixelDataTypedArray): [number, number] {
  let [low, high] = [values[0], values[0]];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

async function load(imageId: string): Promise<Types.IImage> {
  const found = parse(imageId);
  if (!found) throw new Error("unknown slice");
  const { series, slice } = found;
  const { rows, columns, spacing } = series;
  const values = await fetchArray(`${series.address}/${slice}`, series.type);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    width: columns, height: rows, numberOfComponents: 1, scalarData: values as never,
  });
  const [minPixelValue, maxPixelValue] = range(values);
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
