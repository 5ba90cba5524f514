/** A user's socket, as far as a smoke test needs one: requests, and frames that are waited for. */
import { WebSocket } from "ws";

export type Frame = Record<string, unknown> & { type?: string; id?: string };

export interface SmokeSocket {
  /** The reply to a request. Rejects for an error, and when none comes within the time. */
  ask(frame: Record<string, unknown>): Promise<Frame>;
  /** The first frame that fits, of those that came and those to come; undefined when time is up. */
  wait(fits: (frame: Frame) => boolean, withinMs: number): Promise<Frame | undefined>;
  close(): void;
}

const replyMs = 30_000;

export async function smokeSocket(url: string, token: string): Promise<SmokeSocket> {
  const socket = new WebSocket(`${url}?token=${token}`);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data) => {
    frames.push(JSON.parse(String(data)) as Frame);
    for (const look of waiting) look();
  });
  await new Promise<void>((opened, failed) => {
    socket.once("open", () => opened()).once("error", failed);
  });
  // What fails later shows as a frame that does not come.
  socket.on("error", () => {});
  let ids = 0;

  const wait: SmokeSocket["wait"] = (fits, withinMs) =>
    new Promise((resolve) => {
      const end = (frame: Frame | undefined) => {
        waiting.delete(look);
        clearTimeout(timer);
        resolve(frame);
      };
      const timer = setTimeout(() => end(undefined), withinMs);
      const look = () => {
        const found = frames.find(fits);
        if (found) end(found);
      };
      waiting.add(look);
      look();
    });
  return {
    async ask(frame) {
      ids += 1;
      const id = `smoke-${ids}`;
      socket.send(JSON.stringify({ ...frame, id }));
      const reply = await wait((one) => one.id === id, replyMs);
      const what = String(frame["action"]);
      if (reply === undefined) throw new Error(`${what} was not answered within ${replyMs} ms`);
      if (reply.type === "error") throw new Error(String(reply["message"]));
      return reply;
    },
    wait,
    close: () => socket.close(),
  };
}

/** The status of a handshake that is refused; undefined for one that is let in. */
export async function handshakeStatus(url: string): Promise<number | undefined> {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.once("open", () => {
      socket.close();
      resolve(undefined);
    });
    socket.once("unexpected-response", (request, { statusCode }) => {
      request.destroy();
      resolve(statusCode);
    });
    socket.once("error", reject);
  });
}
