/** Sizes are read whatever pieces the network delivers frames in. */
import { expect, it } from "vitest";
import { type FrameHeader, frameSizes } from "../../local/emulator/gateway/frameSizes.ts";

const sizes = [0, 1, 125, 126, 65_535, 65_536, 200_000];

function frame(payloadBytes: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const head =
    payloadBytes < 126
      ? [0x81, mask | payloadBytes]
      : payloadBytes < 65_536
        ? [0x81, mask | 126, payloadBytes >> 8, payloadBytes & 0xff]
        : [
            0x81,
            mask | 127,
            0,
            0,
            0,
            0,
            ...[24, 16, 8, 0].map((by) => (payloadBytes >> by) & 0xff),
          ];
  // A payload that looks like headers, if it were taken for them.
  const rest = Buffer.alloc((isMasked ? 4 : 0) + payloadBytes, 0x82);
  return Buffer.concat([Buffer.from(head), rest]);
}

it.each([1, 2, 3, 7, 4096, 1_000_000])("reads every header out of pieces of %i bytes", (piece) => {
  const headers: FrameHeader[] = [];
  const read = frameSizes((header) => headers.push(header));
  const frames = [true, false].flatMap((isMasked) => sizes.map((size) => frame(size, isMasked)));
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; at += piece) read(bytes.subarray(at, at + piece));
  const expected = sizes.map((payloadBytes) => ({ opcode: 1, isLast: true, payloadBytes }));
  expect(headers).toEqual([...expected, ...expected]);
});
