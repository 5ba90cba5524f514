/**
 * Reads the sizes of incoming WebSocket frames from the bytes, beside `ws`, which reports whole
 * messages only: API Gateway refuses a frame of more than 32 KB, however small its message. RFC
 * 6455, 5.2: two bytes, up to eight of a longer length, four of a mask, then the payload.
 */
export interface FrameHeader {
  opcode: number;
  isLast: boolean;
  payloadBytes: number;
}

/** Call it with every chunk. It calls `onHeader` as soon as a header is complete. */
export function frameSizes(onHeader: (header: FrameHeader) => void): (chunk: Buffer) => void {
  let header: Buffer = Buffer.alloc(0);
  let payloadLeft = 0;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (payloadLeft > 0) {
        const skipped = Math.min(payloadLeft, rest.length);
        payloadLeft -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const missing = headerBytes(header) - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < headerBytes(header)) continue;
      payloadLeft = payloadBytes(header);
      onHeader({
        opcode: at(header, 0) & 0x0f,
        isLast: (at(header, 0) & 0x80) !== 0,
        payloadBytes: payloadLeft,
      });
      header = Buffer.alloc(0);
    }
  };
}

/** The length of the header, as far as it is known yet. */
function headerBytes(header: Buffer): number {
  if (header.length < 2) return 2;
  const length = at(header, 1) & 0x7f;
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
  const mask = (at(header, 1) & 0x80) === 0 ? 0 : 4;
  return 2 + extended + mask;
}

function payloadBytes(header: Buffer): number {
  const length = at(header, 1) & 0x7f;
  if (length === 127) return Number(header.readBigUInt64BE(2));
  return length === 126 ? header.readUInt16BE(2) : length;
}

const at = (buffer: Buffer, index: number): number => buffer[index] ?? 0;
