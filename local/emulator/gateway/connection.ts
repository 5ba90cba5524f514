/**
 * One open WebSocket, kept to the gateway's limits. Others see it as gone as soon as either side
 * begins to close it, not when the other side has agreed.
 */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Peer } from "./events.ts";
import { type FrameHeader, frameSizes } from "./frameSizes.ts";
import type { Clock, GatewayLimits } from "./limits.ts";

export interface Connection {
  readonly peer: Peer;
  readonly lastActiveAtMs: number;
  /** False when the client has too much to read already. */
  send(data: Buffer | string): boolean;
  close(code: number, reason: string): void;
}

interface ConnectionEvents {
  onMessage(text: string): void;
  /** A frame was sent to the client. */
  onSent(): void;
  /** No more messages come, and none can be sent. */
  onGone(): void;
  /** The connection is closed. Comes once, after `onGone`. */
  onClosed(code: number, reason: string): void;
}

/** For a client that does not answer a close frame. */
const closeGraceMs = 1000;
const opcodes = { binary: 2, control: 8 };

/** AWS's reasons for codes without one. Users have reported the first two. */
const reasons: Record<number, string> = {
  1000: "Connection Closed Normally",
  1001: "Going away",
  1005: "Client-side close frame status not set",
  1006: "Connection closed abnormally",
};

export function openConnection(
  peer: Peer,
  webSocket: WebSocket,
  socket: Socket,
  { limits, clock }: { limits: GatewayLimits; clock: Clock },
  { onMessage, onSent, onGone, onClosed }: ConnectionEvents,
): Connection {
  let lastActiveAtMs = clock.nowMs();
  let ended: { code: number; reason: string } | undefined;
  let isGone = false;
  const gone = () => {
    if (isGone) return;
    isGone = true;
    cancelIdle();
    cancelLife();
    onGone();
  };
  const close = (code: number, reason = reasons[code] ?? "") => {
    if (isGone) return;
    ended = { code, reason };
    gone();
    webSocket.close(code, reason);
    const grace = setTimeout(() => webSocket.terminate(), closeGraceMs);
    webSocket.once("close", () => clearTimeout(grace));
  };
  const endWhenIdle = () => clock.after(limits.idleTimeoutMs, () => close(1001));
  let cancelIdle = endWhenIdle();
  const cancelLife = clock.after(limits.connectionMs, () => close(1001));
  const touch = () => {
    lastActiveAtMs = clock.nowMs();
    cancelIdle();
    cancelIdle = endWhenIdle();
  };

  const violated = violations(limits, close);
  // Before `ws`, which would pass a frame on before its size is known here.
  socket.prependListener("data", frameSizes(violated));
  webSocket.on("message", (data, isBinary) => {
    if (isGone || isBinary) return;
    touch();
    onMessage(String(data));
  });
  // `ws` closes the socket itself when the client breaks the protocol.
  webSocket.on("error", () => {});
  webSocket.once("close", (code, reason) => {
    gone();
    const why = ended ?? { code, reason: String(reason) || (reasons[code] ?? "") };
    onClosed(why.code, why.reason);
  });

  return {
    peer,
    get lastActiveAtMs() {
      return lastActiveAtMs;
    },
    send(data) {
      const bytes = Buffer.byteLength(data);
      if (webSocket.bufferedAmount + bytes > limits.clientBufferBytes) return false;
      touch();
      webSocket.send(data, { binary: false });
      onSent();
      return true;
    },
    close,
  };
}

/** Closes the connection for a binary frame, and for a frame or message that is too large. */
function violations(limits: GatewayLimits, close: (code: number, reason: string) => void) {
  let messageBytes = 0;
  return ({ opcode, isLast, payloadBytes }: FrameHeader) => {
    if (opcode >= opcodes.control) return;
    messageBytes += payloadBytes;
    if (opcode === opcodes.binary) close(1003, "Binary is not supported");
    else if (payloadBytes > limits.frameBytes) close(1009, "Frame is too big");
    else if (messageBytes > limits.messageBytes) close(1009, "Message is too big");
    if (isLast) messageBytes = 0;
  };
}
