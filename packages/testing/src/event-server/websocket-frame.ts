/**
 * WebSocket frames from server to client (RFC 6455, section 5.2: not masked). They are written here rather than by `ws`, so
 * that one buffer serves every subscriber and a slow or stalled line can stop in the middle of a frame.
 */

const FINAL_TEXT = 0x81;
const FINAL_PONG = 0x8a;

/** A ping without payload. */
export const PING_FRAME: Buffer = Buffer.from([0x89, 0]);

export function textFrame(text: string): Buffer {
  return frame(FINAL_TEXT, Buffer.from(text));
}

export function pongFrame(payload: Buffer): Buffer {
  return frame(FINAL_PONG, payload);
}

function frame(firstByte: number, payload: Buffer): Buffer {
  const { length } = payload;
  let head: Buffer;
  if (length < 126) {
    head = Buffer.from([firstByte, length]);
  } else if (length < 2 ** 16) {
    head = Buffer.from([firstByte, 126, length >> 8, length & 0xff]);
  } else {
    head = Buffer.alloc(10);
    head[0] = firstByte;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
