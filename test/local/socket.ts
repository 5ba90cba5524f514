/** A client that keeps every frame it is sent, in order, until a test asks for it. */
import { WebSocket } from "ws";

export interface Socket {
  /** Sends a frame and returns the next one that comes in. */
  ask(frame: string | Buffer): Promise<string>;
  send(frame: string | Buffer): void;
  next(): Promise<string>;
  /** Writes bytes past the WebSocket protocol. */
  writeRaw(bytes: Buffer): void;
  closed: Promise<number>;
  close(): void;
}

/** @throws Error with the HTTP status when the handshake is refused */
export async function openSocket(url: string): Promise<Socket> {
  const webSocket = new WebSocket(url);
  const frames: string[] = [];
  const waiting: Array<(frame: string) => void> = [];
  webSocket.on("message", (data) => {
    const next = waiting.shift();
    if (next) next(String(data));
    else frames.push(String(data));
  });
  await new Promise<void>((opened, refused) => {
    webSocket.once("open", opened);
    webSocket.once("error", refused);
  });
  const next = () =>
    new Promise<string>((resolve) => {
      const frame = frames.shift();
      if (frame === undefined) waiting.push(resolve);
      else resolve(frame);
    });
  const send = (frame: string | Buffer) => webSocket.send(frame);
  return {
    send,
    next,
    ask: (frame) => {
      send(frame);
      return next();
    },
    writeRaw: (bytes) => void Reflect.get(webSocket, "_socket").write(bytes),
    closed: new Promise((resolve) => webSocket.once("close", resolve)),
    close: () => webSocket.close(),
  };
}
