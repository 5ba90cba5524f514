/** What becomes of messages: edits, deletes, reactions, threads, mentions, pins, who has read. */
import { expect, it } from "vitest";
import type { ChangedEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { type Client, connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { act } from "../support/http.ts";
import { hears, roomOf } from "../support/room.ts";

/** The next push that says what a message is now, as it is wanted. */
async function changed(
  client: Client,
  of: number,
  isWanted: (now: MessageEvent) => boolean,
): Promise<MessageEvent> {
  const isIt = (event: object): event is ChangedEvent =>
    "of" in event && event.of === of && "now" in event && isWanted(event.now as MessageEvent);
  const { events } = await client.next("events", (frame) => frame.events.some(isIt));
  return events.find(isIt)?.now as MessageEvent;
}

it("shows an edit, a reaction and a delete to others, on pages, and to who was away", async () => {
  const { room, clients } = await roomOf("alice", "bob");
  const [alice, bob] = clients;
  const away = (await connect(bob.user)) as Client;
  const { seq } = await alice.request("ack", { action: "send", room, text: "helo", cid: "c-1" });
  await hears(bob, "helo");
  await away.request("sync", { action: "sync", rooms: { [room]: 0 } });
  await away.close();

  await alice.request("edited", { action: "edit", room, seq, text: "hello", cid: "e-1" });
  expect(await changed(bob, seq, ({ v }) => v === 2)).toMatchObject({ text: "hello" });
  await bob.request("reacted", { action: "react", room, seq, emoji: "👍", on: true });
  const reactions = [{ emoji: "👍", count: 1, users: [bob.user] }];
  expect(await changed(alice, seq, ({ v }) => v === 3)).toMatchObject({ reactions });
  const { events } = await bob.request("events", { action: "events", room, seqs: [seq] });
  expect(events).toMatchObject([{ seq, v: 3, text: "hello", reactions }]);
  const { reply } = await act("edit", { as: bob.user, room, seq, text: "no" }).catch((error) => ({
    reply: String(error),
  }));
  expect(reply).toContain("forbidden");

  await alice.request("deleted", { action: "delete", room, seq });
  const deleted = { by: "author" };
  expect(await changed(bob, seq, ({ v }) => v === 4)).toMatchObject({ seq, deleted });
  const back = await connect(bob.user);
  const { rooms } = await back.request("sync", { action: "sync", rooms: { [room]: seq } });
  expect(JSON.stringify(rooms)).not.toContain("hello");
  const [synced] = rooms;
  const entries = synced && "events" in synced ? synced.events : [];
  // The stream may announce a change beside the request that made it.
  expect(entries.length).toBeGreaterThanOrEqual(3);
  for (const entry of entries) expect(entry).toMatchObject({ kind: "changed", of: seq });
  expect(entries.at(-1)).toMatchObject({ now: { deleted } });
  const edit = { action: "edit", room, seq, text: "back" } as const;
  expect(await alice.request("error", edit)).toMatchObject({ code: "deleted" });
});

it("has a reply on its thread's page with its ack, and then in the root's count", async () => {
  const { room, clients } = await roomOf("alice", "bob");
  const [alice, bob] = clients;
  const { seq: root } = await alice.request("ack", { action: "send", room, text: "lunch?" });
  const reply = { action: "send", room, text: "yes", thread: root } as const;
  const { seq } = await bob.request("ack", reply);
  const thread = { action: "thread", room, seq: root } as const;
  const page = await alice.request("thread", thread);
  expect(page).toMatchObject({ events: [{ seq, text: "yes", thread: root }], more: false });
  expect(page.unread).toBe(1);
  const one = await changed(alice, root, (now) => now.thread !== undefined);
  expect(one.thread).toEqual({ replies: 1, lastSeq: seq });
  const onReply = { action: "send", room, text: "deeper", thread: seq } as const;
  expect(await bob.request("error", onReply)).toMatchObject({ code: "bad_request" });

  await bob.request("deleted", { action: "delete", room, seq });
  const none = await changed(alice, root, (now) => now.thread === undefined);
  expect(none).toMatchObject({ seq: root, text: "lunch?" });
  expect((await alice.request("thread", thread)).events).toMatchObject([{ seq, deleted: {} }]);
});

it("lists a mention until it is read, or an edit takes it back", async () => {
  const { room, clients } = await roomOf("alice", "bob", "carol");
  const [alice, bob, carol] = clients;
  const say = { action: "send", room, text: "look", mentions: [bob.user, carol.user] } as const;
  const { seq } = await alice.request("ack", say);
  const mentionsOf = async (client: Client) => {
    const { mentions } = await client.request("mentions", { action: "mentions" });
    return mentions.map((one) => one.seq);
  };
  for (const one of [bob, carol]) expect(await mentionsOf(one)).toEqual([seq]);
  const { rooms } = await bob.request("welcome", { action: "hello" });
  expect(rooms).toMatchObject([{ room, mentions: 1, unread: 1 }]);
  await bob.request("read", { action: "read", room, seq });
  expect(await mentionsOf(bob)).toEqual([]);
  await alice.request("edited", { action: "edit", room, seq, text: "look", mentions: [] });
  expect(await mentionsOf(carol)).toEqual([]);
});

it("pins a message, and says who has read so far", async () => {
  const [owner, carol] = [await connect(fresh("owner")), await connect(fresh("carol"))];
  const create = { action: "create", visibility: "private", invite: [carol.user] } as const;
  const { room } = await owner.request("created", create);
  await carol.request("joined", { action: "join", room });
  const { seq } = await owner.request("ack", { action: "send", room, text: "the rules" });
  await hears(carol, "the rules");
  const pin = { action: "pin", room, seq, on: true } as const;
  expect(await carol.request("error", pin)).toMatchObject({ code: "forbidden" });
  await owner.request("pinned", pin);
  await carol.next("events", ({ events }) =>
    events.some((event) => event.kind === "room" && event.set.pins?.[0] === seq),
  );
  const { rooms } = await carol.request("focused", { action: "focus", rooms: [room] });
  expect(rooms).toMatchObject([{ room, pins: [seq] }]);
  const asked = { action: "readers", room, seq } as const;
  const before = await owner.request("readers", asked);
  expect(before.readers).not.toContainEqual(expect.objectContaining({ user: carol.user }));
  await carol.request("read", { action: "read", room, seq });
  const { readers } = await owner.request("readers", asked);
  expect(readers).toContainEqual(expect.objectContaining({ user: carol.user }));
});
