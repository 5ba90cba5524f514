/** Preferences: what a user sets for a room, and what takes it away. */
import { describe, expect, it } from "vitest";
import { ask, codeOf, type Fields } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";

/** Alice and bob in a room with three messages of bob's, which alice has read. */
async function chatting(room = "general") {
  const here = world();
  const [alice, bob] = [await here.as("alice"), await here.as("bob")];
  const isDirect = room.startsWith("dm:");
  for (const one of isDirect ? [] : [alice, bob]) await ask(here, one, "join", { room });
  const say = (caller = bob) => {
    here.pass(10_000);
    return ask(here, caller, "send", { room, text: "hi" });
  };
  for (let n = 0; n < 3; n += 1) await say();
  await ask(here, alice, "read", { room, seq: 3 });
  const prefer = (fields: Fields) => ask(here, alice, "preferences", { room, ...fields });
  const read = (seq: number) => ask(here, alice, "read", { room, seq });
  const shown = async () => {
    const { rooms } = await ask(here, alice, "hello");
    return (rooms as Fields[]).find((one) => one["room"] === room);
  };
  here.received(alice);
  return { here, room, alice, bob, say, prefer, read, shown };
}
const direct = "dm:alice:bob";

describe("preferences", () => {
  it("are told in welcome and to the user's other connections, where they are set", async () => {
    const { here, room, prefer, shown } = await chatting();
    const phone = await here.as("alice");
    const set = { notify: "mentions", hidden: true, unreadFrom: 2 };
    const answer = await prefer(set);
    expect(answer).toEqual({ type: "preferences", room, ...set });
    expect(here.received(phone)).toEqual([answer]);
    expect(await shown()).toMatchObject(set);
  });

  it("go back to how they were at first", async () => {
    const { room, prefer, shown } = await chatting();
    const first = await shown();
    await prefer({ notify: "none", hidden: true, unreadFrom: 2 });
    expect(await prefer({ hidden: false })).toMatchObject({ notify: "none", unreadFrom: 2 });
    const answer = await prefer({ notify: "all", unreadFrom: 0 });
    expect(answer).toEqual({ type: "preferences", room });
    expect(await shown()).toEqual(first);
  });

  it("count as unread what comes from the mark on, and leave the read position", async () => {
    const { prefer, say, alice, shown } = await chatting();
    await prefer({ unreadFrom: 2 });
    expect(await shown()).toMatchObject({ readSeq: 3, unread: 2, unreadFrom: 2 });
    await say(alice);
    expect(await shown()).toMatchObject({ readSeq: 3, unread: 3 });
  });

  it("lose the mark when the user reads on, or reads again up to it", async () => {
    const { here, prefer, read, say, shown } = await chatting();
    const phone = await here.as("alice");
    await prefer({ unreadFrom: 2 });
    await say();
    await read(4);
    expect(await shown()).toMatchObject({ readSeq: 4, unread: 0 });
    expect(await shown()).not.toHaveProperty("unreadFrom");
    await prefer({ unreadFrom: 3 });
    await read(2);
    expect(await shown()).toMatchObject({ unreadFrom: 3 });
    here.received(phone);
    const position = await read(4);
    expect(position).toMatchObject({ seq: 4 });
    expect(here.received(phone)).toEqual([position]);
    expect(await shown()).not.toHaveProperty("unreadFrom");
  });

  it("show a hidden direct room again with the next message, whose ever it is", async () => {
    for (const mine of [true, false]) {
      const { alice, bob, prefer, say, shown } = await chatting(direct);
      await prefer({ hidden: true });
      expect(await shown()).toMatchObject({ hidden: true });
      await say(mine ? alice : bob);
      expect(await shown()).not.toHaveProperty("hidden");
    }
  });

  it("keep another room hidden until the user shows it", async () => {
    const { prefer, say, shown } = await chatting();
    await prefer({ hidden: true });
    await say();
    expect(await shown()).toMatchObject({ hidden: true, unread: 1 });
    await prefer({ hidden: false });
    expect(await shown()).not.toHaveProperty("hidden");
  });

  it("take no mark where there is no event", async () => {
    const { prefer, shown } = await chatting();
    expect(codeOf(await prefer({ unreadFrom: 4 }))).toBe("bad_request");
    expect(await shown()).not.toHaveProperty("unreadFrom");
  });

  it("are of members, and of direct rooms with a message", async () => {
    const { here, bob } = await chatting();
    const carol = await here.as("carol");
    const set = (caller: typeof bob, room: string) =>
      ask(here, caller, "preferences", { room, hidden: true });
    expect(codeOf(await set(carol, "general"))).toBe("not_member");
    expect(codeOf(await set(carol, direct))).toBe("forbidden");
    expect(codeOf(await set(carol, "dm:bob:carol"))).toBe("conflict");
    expect((await ask(here, carol, "hello"))["rooms"]).toEqual([]);
  });

  it("end with the membership, but for what notifies", async () => {
    const { here, room, alice, prefer, shown } = await chatting();
    await prefer({ notify: "none", hidden: true, unreadFrom: 2 });
    await ask(here, alice, "leave", { room });
    await ask(here, alice, "join", { room });
    const again = await shown();
    expect(again).toMatchObject({ notify: "none", unread: 0 });
    expect(again).not.toHaveProperty("hidden");
    expect(again).not.toHaveProperty("unreadFrom");
  });
});
