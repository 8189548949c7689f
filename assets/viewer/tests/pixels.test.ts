import { describe, expect, it } from "vitest";

import { decode, valueRange } from "../src/pixels";

const bytes = (...values: number[]) => new Uint8Array(values).buffer;

describe("pixel data", () => {
  it("are little endian, with their sign", () => {
    expect([...decode(bytes(0x01, 0x02, 0xff, 0xff), "int16", 2)]).toEqual([513, -1]);
    expect([...decode(bytes(0x01, 0x02, 0xff, 0xff), "uint16", 2)]).toEqual([513, 65535]);
    expect([...decode(bytes(0, 0, 0x80, 0xbf), "float32", 1)]).toEqual([-1]);
    expect([...decode(bytes(7, 255), "uint8", 2)]).toEqual([7, 255]);
  });

  it.each([[3], [5], [8]])("of 2 values in %d bytes are refused", (length) => {
    expect(() => decode(new ArrayBuffer(length), "int16", 2)).toThrow(`expected 2 values of type int16, received ${length} bytes`);
  });

  it("have a range, also where all values are negative", () => {
    expect(valueRange(new Int16Array([-5, -9, -7]))).toEqual([-9, -5]);
    expect(valueRange(new Uint8Array([4]))).toEqual([4, 4]);
  });
});
