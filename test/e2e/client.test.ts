/**
 * Two clients of client/ against the service, over real sockets that are cut again and again under
 * traffic: whatever was acked is applied once by both, in the same order (promises 1 to 4).
 */
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ChatClient } from "../../client/chatClient.ts";
import { developmentToken } from "../../local/tokens.ts";
import { fresh, shared } from "../support/endpoints.ts";

const rooms = ["one", "two"].map(fresh);
const messagesPerRoom = 10;
/** Every so many frames that come in, the socket under them is cut. */
const framesBetweenCuts = 8;

it("apply everything acked once and in order, however often they are cut off", async () => {
  const talkers = [await talker(fresh("alice")), await talker(fresh("bob"))];
  const acked = await Promise.all(talkers.flatMap(({ talk }) => talk()));
  await Promise.all(talkers.map(({ caughtUp }) => caughtUp));

  const [one, other] = talkers.map(({ applied }) => applied);
  for (const room of rooms) {
    const texts = one?.get(room) ?? [];
    expect(other?.get(room)).toEqual(texts);
    expect(new Set(texts).size).toBe(texts.length);
    const stored = acked.filter((ack) => ack.room === room);
    expect(stored).toHaveLength(texts.length);
    for (const { seq, text } of stored) expect(texts[seq - 1]).toBe(text);
  }
  expect(Math.min(...talkers.map(({ cuts }) => cuts()))).toBeGreaterThan(2);
});

async function talker(user: string) {
  const sockets = cutSockets();
  const client = new ChatClient({
    url: shared().websocketUrl,
    token: () => developmentToken(user),
    WebSocket: sockets.WebSocket,
    random: () => Math.random() * 0.2, // short waits
  });
  onTestFinished(() => client.close());
  client.connect();
  const applied = new Map<string, string[]>(rooms.map((room) => [room, []]));
  const all = 2 * messagesPerRoom * rooms.length;
  const caughtUp = new Promise<void>((resolve) => {
    const isAll = () => [...applied.values()].flat().length === all;
    for (const room of rooms) {
      client.follow(room).subscribe(({ text = "" }) => {
        applied.get(room)?.push(text);
        if (isAll()) resolve();
      });
    }
  });
  for (const room of rooms) await client.request("join", { room });
  const talk = () =>
    rooms.flatMap((room) =>
      Array.from({ length: messagesPerRoom }, async (_, i) => {
        const text = `${user} ${i}`;
        return { ...(await client.follow(room).send(text)), text };
      }),
    );
  return { applied, caughtUp, talk, cuts: sockets.cuts };
}

/** Sockets that end without a word after so many frames. */
function cutSockets() {
  let cuts = 0;
  class CutSocket extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      let left = framesBetweenCuts;
      this.on("message", () => {
        left -= 1;
        if (left > 0) return;
        if (left === 0) cuts += 1;
        this.terminate();
      });
    }
  }
  return { WebSocket: CutSocket, cuts: () => cuts };
}
