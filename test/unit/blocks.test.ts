/** Blocks: what a blocked user cannot do, and what stays as it was. */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { ask, codeOf } from "../support/ledRoom.ts";
import { behindOnce, look, type World, world } from "../support/world.ts";

async function two(here: World = world()) {
  const [alice, mallory] = [await here.as("alice"), await here.as("mallory")];
  const room = "dm:alice:mallory";
  const say = (caller = mallory, cid = "c-1") =>
    ask(here, caller, "send", { room, text: "hello", cid });
  const block = (on = true) => ask(here, alice, "block", { user: "mallory", on });
  const listed = async () => (await ask(here, alice, "blocks"))["blocks"];
  return { here, alice, mallory, room, say, block, listed };
}

describe("block", () => {
  it("keeps a user who never wrote from writing, and lists no room for it", async () => {
    const { here, alice, block, say, listed } = await two();
    expect(await block()).toEqual({ type: "blocked", user: "mallory", on: true });
    expect(await say()).toMatchObject({ code: "forbidden", retryable: false });
    expect(await listed()).toEqual([{ user: "mallory" }]);
    expect((await ask(here, alice, "hello"))["rooms"]).toEqual([]);
    expect(here.received(alice)).toEqual([]);
  });

  it("keeps a user of an old direct room from writing, and not the one who blocks", async () => {
    const { alice, say, block } = await two();
    await say();
    await block();
    expect(codeOf(await say(undefined, "c-2"))).toBe("forbidden");
    expect(codeOf(await say(alice))).toBe("ack");
  });

  it("acks a message again that was stored before its sender was blocked", async () => {
    const { say, block } = await two();
    const first = await say();
    await block();
    expect(await say()).toEqual({ ...first, duplicate: true });
  });

  it("restores everything when it ends", async () => {
    const { say, block, listed } = await two();
    await block();
    expect(await block(false)).toEqual({ type: "blocked", user: "mallory", on: false });
    expect(codeOf(await say())).toBe("ack");
    expect(await listed()).toEqual([]);
  });

  it("leaves the other user's block in force when one of two ends", async () => {
    const { here, alice, mallory, say, block } = await two();
    await block();
    await ask(here, mallory, "block", { user: "alice", on: true });
    await block(false);
    expect(codeOf(await say(mallory))).toBe("ack");
    expect(codeOf(await say(alice, "c-2"))).toBe("forbidden");
  });

  it("tells the user's other connections once, and the blocked user nothing", async () => {
    const { here, mallory, block } = await two();
    const phone = await here.as("alice");
    const blocked = await block();
    await block();
    expect(here.received(phone)).toEqual([blocked]);
    expect(here.received(mallory)).toEqual([]);
  });

  it("is not for oneself", async () => {
    const { here, alice } = await two();
    const answer = await ask(here, alice, "block", { user: "alice", on: true });
    expect(codeOf(answer)).toBe("bad_request");
  });

  it("keeps a user from inviting, and from inviting while making a room", async () => {
    const { here, alice, mallory, block } = await two();
    await block();
    const invite = ["alice", "bob"];
    const { room } = await ask(here, mallory, "create", { visibility: "private", invite });
    expect(codeOf(await ask(here, mallory, "invite", { room, user: "alice" }))).toBe("forbidden");
    expect(codeOf(await ask(here, mallory, "invite", { room, user: "bob" }))).toBe("invited");
    expect((await ask(here, alice, "hello"))["invitations"]).toEqual([]);
    expect(here.received(alice)).toEqual([]);
    await block(false);
    expect(codeOf(await ask(here, mallory, "invite", { room, user: "alice" }))).toBe("invited");
  });

  it("leaves the log of a shared room whole", async () => {
    const { here, alice, mallory, block } = await two();
    for (const one of [alice, mallory]) await ask(here, one, "join", { room: "general" });
    await block();
    here.received(alice);
    expect(codeOf(await ask(here, mallory, "send", { room: "general", text: "hi" }))).toBe("ack");
    expect(here.received(alice)).toMatchObject([{ type: "events" }]);
  });

  it("shows no hint in the direct room either way, until it ends", async () => {
    const { here, alice, mallory, room, say, block } = await two();
    await say(alice);
    await say(mallory, "c-2");
    for (const one of [alice, mallory]) await look(here, one, room);
    const types = async (caller: typeof alice) => {
      here.pass(limits.typingEveryMs);
      await ask(here, caller, "typing", { room, on: true });
    };
    await block();
    for (const one of [alice, mallory]) here.received(one);
    for (const one of [alice, mallory]) await types(one);
    expect([here.received(alice), here.received(mallory)]).toEqual([[], []]);
    await block(false);
    for (const one of [alice, mallory]) await types(one);
    expect([here.received(alice), here.received(mallory)]).toMatchObject([
      [{ type: "typing", user: "mallory" }],
      [{ type: "typing", user: "alice" }],
    ]);
  });

  it("lists a block that another device makes while this one ends it", async () => {
    const { here, block, say, listed } = await two();
    await block();
    behindOnce(here.ports.rooms, "change", () => block());
    await block(false);
    expect(codeOf(await say())).toBe("forbidden");
    expect(await listed()).toEqual([{ user: "mallory" }]);
  });

  it("lists a block of which another device takes the entry meanwhile", async () => {
    const { here, block, say, listed } = await two();
    behindOnce(here.ports.blocks, "put", () => block(false));
    await block();
    expect(codeOf(await say())).toBe("forbidden");
    expect(await listed()).toEqual([{ user: "mallory" }]);
  });
});

describe("blocks", () => {
  it("pages by name", async () => {
    const here = world();
    const alice = await here.as("alice");
    const users = Array.from({ length: limits.membersPage + 1 }, (_, n) => `u${1_000 + n}`);
    for (const user of users) await ask(here, alice, "block", { user, on: true });
    const first = await ask(here, alice, "blocks");
    expect(first["more"]).toBe(true);
    const listed = first["blocks"] as { user: string }[];
    expect(listed.map(({ user }) => user)).toEqual(users.slice(0, -1));
    const after = listed.at(-1)?.user;
    expect(await ask(here, alice, "blocks", { after })).toEqual({
      type: "blocks",
      blocks: [{ user: users.at(-1) }],
      more: false,
    });
  });
});

describe("who is online in a direct room", () => {
  const room = "dm:alice:bob";

  it("is shown to nobody but oneself until both have written, and while one blocks", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await here.as("bob");
    const mine = [{ user: "alice", connections: 1 }];
    const both = [...mine, { user: "bob", connections: 2 }];
    const seen = async () => {
      const { online, count } = await ask(here, alice, "who", { room });
      const [view] = await look(here, alice, room);
      expect(view).toMatchObject({ online });
      expect(online).toHaveLength(Number(count));
      return online;
    };
    expect(await seen()).toEqual(mine);
    await ask(here, alice, "send", { room, text: "hello?" });
    expect(await seen()).toEqual(mine);
    await ask(here, bob, "send", { room, text: "hi" });
    expect(await seen()).toEqual(both);
    await ask(here, bob, "block", { user: "alice", on: true });
    expect(await seen()).toEqual(mine);
    await ask(here, bob, "block", { user: "alice", on: false });
    expect(await seen()).toEqual(both);
  });
});
