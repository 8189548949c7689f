// Pixel values over HTTP.
import type { SeriesData } from "./data";

export type PixelType = SeriesData["type"];
export type PixelArray = Uint8Array | Int16Array | Uint16Array | Float32Array;

const ARRAYS = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array };

/** Bytes as values; throws where they are not exactly `count` values, as after a broken connection. */
export function decode(bytes: ArrayBuffer, type: PixelType, count: number): PixelArray {
  const array = ARRAYS[type];
  if (bytes.byteLength !== count * array.BYTES_PER_ELEMENT)
    throw new Error(`expected ${count} values of type ${type}, received ${bytes.byteLength} bytes`);
  return new array(bytes);
}

export async function fetchPixels(address: string, type: PixelType, count: number): Promise<PixelArray> {
  const response = await fetch(new URL(`/${address}`, document.baseURI));
  if (!response.ok) throw new Error(`HTTP status ${response.status} for pixels`);
  return decode(await response.arrayBuffer(), type, count);
}

/** Lowest and highest value. */
export function valueRange(values: ArrayLike<number>): [number, number] {
  let [low, high] = [values[0], values[0]];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}
