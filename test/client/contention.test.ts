/**
 * Many devices of one user that talk at once, under the service's own rate limit of a room: eight
 * messages in four seconds, so the last of them waits for a minute, four seconds at a time.
 */
import { expect, it } from "vitest";
import { ChatClient } from "../../client/chatClient.ts";
import { randomOf } from "../simulation/random.ts";
import { fakeClock } from "./fakeClock.ts";
import { memoryService } from "./memoryService.ts";

const room = "general";
const devices = 20;
const messagesEach = 6;

it("twenty devices that send six messages each lose none while they have to wait", async () => {
  const clock = fakeClock();
  const random = randomOf(1).next;
  const service = memoryService(clock, () => ({ delaysMs: [random() * 400] }));
  const membership = { room, joinedAtMs: 0, readSeq: 0, readN: 0 };
  await service.here.ports.memberships.add("alice", membership);
  const { WebSocket } = service.socketsOf("alice");
  const address = { url: "wss://chat.example", token: () => "token", WebSocket };
  const clients = Array.from({ length: devices }, (_, device) => {
    let cids = 0;
    const newCid = () => `${device}-${++cids}`;
    const client = new ChatClient({ ...address, clock, random, newCid });
    client.connect();
    return client;
  });

  const sent = clients.flatMap((client) => {
    const followed = client.follow(room);
    return Array.from({ length: messagesEach }, (_, i) => followed.send(`message ${i}`));
  });
  let isDone = false;
  const settled = Promise.allSettled(sent).finally(() => {
    isDone = true;
  });
  while (!isDone) await clock.next();
  for (const client of clients) client.close();

  const refused = (await settled).filter(({ status }) => status === "rejected");
  expect(refused).toEqual([]);
  const log = await service.here.ports.log.list(room, { limit: 1_000, order: "oldest first" });
  expect(new Set(log.map(({ cid }) => cid)).size).toBe(devices * messagesEach);
  expect(log).toHaveLength(devices * messagesEach);
});
