/**
 * Limits at their edge: exactly so much is taken, and one more is not. (Those of appending are in
 * append.test.ts, those of splitting a topic in fanOut.test.ts, those of posting in deliver*.)
 */
import { describe, expect, it } from "vitest";
import { history } from "../../lib/actions/messages/history.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { hello } from "../../lib/actions/people/hello.ts";
import { notify } from "../../lib/actions/people/notify.ts";
import { typing } from "../../lib/actions/people/typing.ts";
import { who } from "../../lib/actions/people/who.ts";
import { displayName } from "../../lib/identity/displayName.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { receive } from "../../lib/protocol/envelope.ts";
import { bytesOf } from "../../lib/protocol/frameSize.ts";
import { failedGateways } from "../../lib/protocol/gateways.ts";
import { httpRoutes } from "../../lib/protocol/httpRoutes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parse } from "../../lib/protocol/parse.ts";
import { focusTopic, roomTopic } from "../../lib/pubsub/topics.ts";
import { connectionOf, logEvent } from "../support/fixtures.ts";
import { onlySynced } from "../support/syncReply.ts";
import { look, type World, world } from "../support/world.ts";

const room = "general";
const topic = roomTopic(room);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** At the edge, and one beyond it. */
const edge = (limit: number): [count: number, isWithin: boolean][] => [
  [limit, true],
  [limit + 1, false],
];

/** A room of these users, the first of them a member who asks. */
async function roomOf(here: World, users: readonly string[]): Promise<ConnectedCaller> {
  const alice = await here.as("alice");
  await here.ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  for (const [index, user] of users.entries()) {
    const connection = connectionOf(user, { connectionId: `c-${index}` });
    await here.ports.subscriptions.put({ ...connection, topic, shard: 0 });
  }
  return alice;
}

describe("a frame", () => {
  const isTaken = (action: keyof typeof clientFrames, fields: object) =>
    parse(clientFrames[action], { action, ...fields }).ok;

  it.each(edge(limits.textCharacters))("with a text of %i characters: %s", (count, isWithin) => {
    expect(isTaken("send", { room, text: "😀".repeat(count) })).toBe(isWithin);
  });

  it.each(edge(limits.historyLimit))("that asks for %i events: %s", (limit, isWithin) => {
    expect(isTaken("history", { room, limit })).toBe(isWithin);
  });

  it.each(edge(limits.syncRooms))("that syncs %i rooms: %s", (count, isWithin) => {
    const rooms = Object.fromEntries(times(count, (index) => [`r${index}`, 0]));
    expect(isTaken("sync", { rooms })).toBe(isWithin);
  });

  it.each(edge(limits.focusRooms))("that looks at %i rooms: %s", (count, isWithin) => {
    expect(isTaken("focus", { rooms: times(count, (index) => `r${index}`) })).toBe(isWithin);
  });

  it.each(edge(limits.frameBytes))("of %i bytes: %s", (bytes, isWithin) => {
    const frame = `{"id":"7","x":"${"x".repeat(bytes - 17)}"}`;
    const { content } = receive(frame);
    expect("code" in content ? content.code : "taken").toBe(isWithin ? "taken" : "too_large");
  });

  it.each(
    edge(limits.messageBytes),
  )("of %i bytes is answered with its id: %s", (bytes, isWithin) => {
    const frame = `{"id":"7","x":"${"x".repeat(bytes - 17)}"}`;
    expect(receive(frame).id).toBe(isWithin ? "7" : undefined);
  });
});

describe("over HTTP", () => {
  it.each(edge(limits.failedGateways))("%i gateways have failed: %s", (count, isWithin) => {
    expect(parse(failedGateways, times(count, () => "g").join(",")).ok).toBe(isWithin);
  });

  it.each(edge(limits.noticeDepth))("a notice is nested %i deep: %s", (depth, isWithin) => {
    const data = JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    const { body } = httpRoutes["POST /users/{user}/notices"];
    expect(parse(body, { data }).ok).toBe(isWithin);
  });

  it.each(edge(limits.frameBytes))("a notice makes a frame of %i bytes: %s", async (...row) => {
    const [bytes, isWithin] = row;
    const { ports } = world();
    const caller = { user: "a", expiresAtMs: 0, scopes: ["notices:write"] };
    const frame = { type: "notice", noticeId: "id-1", data: "", sentAtMs: ports.clock.nowMs() };
    const notified = notify({ user: "b", data: "x".repeat(bytes - bytesOf(frame)) }, caller, ports);
    const outcome = notified.then(
      () => true,
      ({ code }) => code !== "too_large",
    );
    expect(await outcome).toBe(isWithin);
  });
});

it.each(edge(limits.displayNameCharacters))("a name of %i characters is kept: %s", (...row) => {
  const [count, isWithin] = row;
  const kept = [...(displayName("😀".repeat(count)) ?? "")].length;
  expect(kept === count).toBe(isWithin);
  expect(kept).toBe(limits.displayNameCharacters);
});

describe("a room", () => {
  it.each(
    edge(limits.syncEvents),
  )("of %i events is synced at once: %s", async (count, isWithin) => {
    const here = world();
    const alice = await roomOf(here, []);
    for (const seq of times(count, (index) => index + 1))
      await here.ports.log.put(room, logEvent(seq));
    const reply = await sync({ action: "sync", rooms: { [room]: 0 } }, alice, here.ports);
    expect(onlySynced(reply)).toMatchObject({
      events: { length: limits.syncEvents },
      seq: count,
      complete: isWithin,
    });
  });

  it.each(
    edge(limits.historyLimitDefault),
  )("of %i events is a page: %s", async (count, isWithin) => {
    const here = world();
    const alice = await roomOf(here, []);
    for (const seq of times(count, (index) => index + 1))
      await here.ports.log.put(room, logEvent(seq));
    expect(await history({ room }, alice, here.ports)).toMatchObject({
      events: { length: limits.historyLimitDefault },
      more: !isWithin,
    });
  });

  it.each(
    edge(limits.lookingConnections),
  )("that %i connections look at is shown typing: %s", async (...row) => {
    const [count, isWithin] = row;
    const here = world();
    const alice = await roomOf(here, []);
    for (const [index, user] of times(count, () => "bob").entries()) {
      const connection = connectionOf(user, { connectionId: `c-${index}` });
      await here.ports.subscriptions.put({ ...connection, topic: focusTopic(room), shard: 0 });
    }
    await typing({ action: "typing", room, on: true }, alice, here.ports);
    expect(here.ports.sockets.attempts).toHaveLength(isWithin ? count : 0);
  });

  it.each(edge(limits.directConnections))("of %i connections is posted to: %s", async (...row) => {
    const [count, isWithin] = row;
    const here = world();
    const alice = await roomOf(
      here,
      times(count, () => "bob"),
    );
    await send({ room, text: "hello" }, alice, here.ports, { publishMs: 1_000 });
    expect(here.ports.sockets.attempts).toHaveLength(isWithin ? count : 0);
    const { delivery } = await here.ports.log.tail(room, 1);
    expect(delivery).toBe(isWithin ? "direct" : "stream");
  });

  it.each(
    edge(limits.readersShown),
  )("of %i members shows how far each has read: %s", async (count, isWithin) => {
    const here = world();
    const alice = await roomOf(here, []);
    for (const index of times(count - 1, (other) => other)) {
      const membership = { room, joinedAtMs: 0, readSeq: 3, readN: 2 };
      await here.ports.memberships.add(`u${index}`, membership);
    }
    const [view] = await look(here, alice, room);
    expect(view).toMatchObject({ room, reads: { length: isWithin ? count - 1 : 0 } });
  });

  it.each(edge(limits.whoUsers))("of %i users online names them all: %s", async (...row) => {
    const [count, isWithin] = row;
    const here = world();
    const alice = await roomOf(
      here,
      times(count, (index) => `u${index}`),
    );
    const { online, more } = await who({ room }, alice, here.ports);
    expect([online.length, more]).toEqual([limits.whoUsers, !isWithin]);
  });

  it.each(
    edge(limits.whoSubscriptions),
  )("of %i connections is counted whole: %s", async (...row) => {
    const [count, isWithin] = row;
    const here = world();
    const alice = await roomOf(
      here,
      times(count, () => "bob"),
    );
    const { online, more } = await who({ room }, alice, here.ports);
    const counted = [{ user: "bob", connections: limits.whoSubscriptions }];
    expect({ online, more }).toEqual({ online: counted, more: !isWithin });
  });
});

it.each(edge(limits.welcomeRooms))("%i rooms are one welcome: %s", async (count, isWithin) => {
  const { ports, as } = world();
  const alice = await as("alice");
  for (const name of times(count, (index) => `r${index}`)) {
    await ports.memberships.add("alice", { room: name, joinedAtMs: 0, readSeq: 0, readN: 0 });
  }
  const { rooms, more } = await hello({ action: "hello" }, alice, ports);
  expect([rooms.length, more]).toEqual([limits.welcomeRooms, !isWithin]);
});
