/**
 * Two clients of client/ against the service, over real sockets that are cut again and again under
 * traffic: whatever was acked is applied once by both, in the same order (promises 1 to 4).
 */
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ChatClient } from "../../client/chatClient.ts";
import { developmentToken } from "../../local/tokens.ts";
import { fresh, shared } from "../support/endpoints.ts";

const rooms = [fresh("one"), fresh("two")] as const;
const messagesPerRoom = 10;
/** Every so many frames that come in, the socket under them is cut. */
const framesBetweenCuts = 8;
const cutsLeast = 3;

it("apply everything acked once and in order, however often they are cut off", async () => {
  const talkers = [await talker(fresh("alice")), await talker(fresh("bob"))];
  const acked = (await Promise.all(talkers.map(({ talk }) => talk()))).flat();
  for (const { count } of talkers) await expect.poll(count).toBe(acked.length);

  const [one, other] = talkers.map(({ applied }) => applied);
  for (const room of rooms) {
    const texts = one?.get(room) ?? [];
    expect(other?.get(room)).toEqual(texts);
    expect(new Set(texts).size).toBe(texts.length);
    const stored = acked.filter((ack) => ack.room === room);
    expect(stored).toHaveLength(texts.length);
    for (const { seq, text } of stored) expect(texts[seq - 1]).toBe(text);
  }
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
  for (const room of rooms) {
    client.follow(room).subscribe(({ text = "" }) => applied.get(room)?.push(text));
  }
  for (const room of rooms) await client.request("join", { room });
  const say = async (room: string, text: string) => ({
    ...(await client.follow(room).send(text)),
    text,
  });
  const talk = async () => {
    const numbers = Array.from({ length: messagesPerRoom }, (_, i) => i);
    const said = await Promise.all(
      rooms.flatMap((room) => numbers.map((i) => say(room, `${user} ${i}`))),
    );
    // Frames may hold many messages: as many cuts as there have to be take as many messages more.
    while (sockets.cuts() < cutsLeast) said.push(await say(rooms[0], `${user} ${said.length}`));
    return said;
  };
  return { applied, count: () => [...applied.values()].flat().length, talk };
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
