/**
 * One WebSocket of a bench. A frame that is waited for is recognised by a marker, a string that
 * nothing else on the wire contains, and stamped before anything is done with it. The same for the
 * echo and for the service, so that what this end costs is the same for both.
 */
import { WebSocket } from "ws";

interface Arrival {
  /** As `performance.now()` counts. */
  at: number;
  text: string;
}

export interface Peer {
  send(frame: object): void;
  /** The first frame with `marker` in it. Rejects when it is an error, or does not come. */
  received(marker: string): Promise<Arrival>;
  close(): void;
}

const answerTimeoutMs = 10_000;

export async function openPeer(url: string): Promise<Peer> {
  const socket = new WebSocket(url);
  const waiting = new Map<string, Waiting>();
  socket.on("message", (data) => {
    const at = performance.now();
    const text = String(data);
    for (const [marker, { arrived, failed }] of waiting) {
      if (!text.includes(marker)) continue;
      waiting.delete(marker);
      if (text.includes('"type":"error"')) failed(new Error(text));
      else arrived({ at, text });
    }
  });
  await new Promise<void>((opened, refused) => {
    socket.once("open", opened);
    socket.once("error", refused);
  });
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    received: (marker) =>
      new Promise((arrived, failed) => {
        const late = new Error(`no frame with ${marker} within ${answerTimeoutMs} ms`);
        const timer = setTimeout(() => failed(late), answerTimeoutMs);
        const settle = <T>(how: (value: T) => void) => {
          return (value: T) => {
            clearTimeout(timer);
            how(value);
          };
        };
        waiting.set(marker, { arrived: settle(arrived), failed: settle(failed) });
      }),
    close: () => socket.close(),
  };
}

interface Waiting {
  arrived(arrival: Arrival): void;
  failed(reason: Error): void;
}
