/** Rooms with owners: who may do what to whom, and what becomes of them. */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { privateRoomPattern } from "../../lib/protocol/names.ts";
import { ask, codeOf, hearing, led } from "../support/ledRoom.ts";
import { behindOnce, world } from "../support/world.ts";

describe("create", () => {
  it("makes a private room under a name of the service's, which its owner hears", async () => {
    const { here, made, room } = await led();
    expect(made).toEqual({
      type: "created",
      room,
      title: "plans",
      visibility: "private",
      role: "owner",
      seq: 0,
      n: 0,
      rev: 1,
    });
    expect(room).toMatch(privateRoomPattern);
    expect(await hearing(here, room)).toEqual(["alice-1", "bob-1", "carol-1"]);
  });

  it("makes a public room that everybody may join, and no room that is there already", async () => {
    const { here, alice, bob, carol } = await led();
    const fields = { visibility: "public", room: "lobby", topic: "all of it" };
    expect(await ask(here, alice, "create", fields)).toMatchObject({ type: "created", rev: 1 });
    expect(codeOf(await ask(here, bob, "create", fields))).toBe("conflict");
    expect(await ask(here, bob, "join", { room: "lobby" })).toMatchObject({ type: "joined" });
    await ask(here, carol, "join", { room: "spoken" });
    await ask(here, carol, "send", { room: "spoken", text: "hi" });
    const spoken = { visibility: "public", room: "spoken" };
    expect(codeOf(await ask(here, bob, "create", spoken))).toBe("conflict");
    const named = { visibility: "public", room: `p-${"a".repeat(22)}` };
    expect(codeOf(await ask(here, bob, "create", named))).toBe("forbidden");
  });

  it("invites users at once, who are told, and find it at hello", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    const { room } = await ask(here, alice, "create", {
      visibility: "private",
      title: "lunch",
      invite: ["bob", "alice", "bob"],
    });
    const invited = { type: "invited", room, user: "bob", by: "alice", title: "lunch" };
    expect(here.received(bob)).toEqual([invited]);
    const atMs = here.ports.clock.nowMs();
    const welcome = await ask(here, bob, "hello");
    expect(welcome["invitations"]).toEqual([{ room, by: "alice", title: "lunch", atMs }]);
    expect(welcome["rooms"]).toEqual([]);
    expect(await ask(here, alice, "hello")).toMatchObject({
      rooms: [{ room, title: "lunch", role: "owner", seq: 0, unread: 0 }],
      invitations: [],
    });
  });
});

describe("an invitation", () => {
  it("is accepted by join, which the log says, and taken back no more", async () => {
    const { here, room, alice, mallory } = await led();
    expect(await ask(here, alice, "invite", { room, user: "mallory" })).toEqual({
      ...{ type: "invited", room, user: "mallory", by: "alice", title: "plans" },
    });
    const joined = await ask(here, mallory, "join", { room });
    expect(joined).toMatchObject({ type: "joined", room, n: 0, title: "plans" });
    const [event] = (await here.ports.log.tail(room, 1)).events;
    expect(event).toMatchObject({ kind: "member", change: "joined", user: "mallory", n: 0 });
    expect(joined["seq"]).toBe(event?.seq);
    expect(codeOf(await ask(here, alice, "uninvite", { room, user: "mallory" }))).toBe("conflict");
  });

  it("that was taken back cannot be accepted", async () => {
    const { here, room, alice, mallory } = await led();
    await ask(here, alice, "invite", { room, user: "mallory" });
    await ask(here, alice, "uninvite", { room, user: "mallory" });
    expect(here.received(mallory).map(({ type }) => type)).toEqual(["invited", "uninvited"]);
    expect(codeOf(await ask(here, mallory, "join", { room }))).toBe("not_member");
    expect(codeOf(await ask(here, mallory, "decline", { room }))).toBe("not_member");
  });

  it("that is accepted while it is taken back leaves the user in or out, never both", async () => {
    const { here, room, alice, mallory } = await led();
    await ask(here, alice, "invite", { room, user: "mallory" });
    behindOnce(here.ports.memberships, "find", () =>
      ask(here, alice, "uninvite", { room, user: "mallory" }),
    );
    expect(codeOf(await ask(here, mallory, "join", { room }))).toBe("not_member");
    expect(await hearing(here, room)).not.toContain("mallory-1");
  });

  it("is declined, and may be given again", async () => {
    const { here, room, alice, mallory } = await led();
    await ask(here, alice, "invite", { room, user: "mallory" });
    expect(await ask(here, mallory, "decline", { room })).toEqual({ type: "declined", room });
    expect(codeOf(await ask(here, mallory, "join", { room }))).toBe("not_member");
    await ask(here, alice, "invite", { room, user: "mallory" });
    expect(await ask(here, mallory, "join", { room })).toMatchObject({ type: "joined" });
  });

  it("is for moderators and owners alone where the room says so", async () => {
    const { here, room, alice, bob, carol } = await led();
    await ask(here, alice, "configure", { room, invites: "moderators" });
    const fields = { room, user: "mallory" };
    expect(codeOf(await ask(here, carol, "invite", fields))).toBe("forbidden");
    expect(codeOf(await ask(here, bob, "invite", fields))).toBe("invited");
  });
});

describe("kick and ban", () => {
  it.each([
    "kick",
    "ban",
  ] as const)("%s: who is put out hears and sends nothing more (promise 14)", async (action) => {
    const { here, room, bob, carol } = await led();
    const tablet = await here.as("carol");
    await ask(here, tablet, "sync", { rooms: { [room]: 0 } });
    expect(await hearing(here, room)).toContain("carol-2");
    await ask(here, bob, action, { room, user: "carol", reason: "spam" });
    expect(await hearing(here, room)).toEqual(["alice-1", "bob-1"]);
    const left = { type: "left", room, by: "bob", reason: "spam" };
    for (const device of [carol, tablet]) expect(here.received(device)).toEqual([left]);
    for (const asked of ["send", "history", "who", "typing", "members"] as const) {
      const fields = { room, text: "still here", on: true };
      expect(codeOf(await ask(here, carol, asked, fields))).toBe("not_member");
    }
    await ask(here, bob, "send", { room, text: "gone?" });
    expect(here.received(carol)).toEqual([]);
    const back = action === "kick" ? "not_member" : "banned";
    expect(codeOf(await ask(here, carol, "join", { room }))).toBe(back);
    const [, event] = (await here.ports.log.tail(room, 2)).events;
    const change = action === "kick" ? "kicked" : "banned";
    expect(event).toMatchObject({ kind: "member", change, user: "carol", reason: "spam" });
  });

  it("keep out until the ban ends, and list who is banned", async () => {
    const { here, room, alice, carol } = await led();
    await ask(here, alice, "ban", { room, user: "carol" });
    const bans = { type: "bans", room, bans: [{ user: "carol" }], more: false };
    expect(await ask(here, alice, "bans", { room })).toEqual(bans);
    expect(codeOf(await ask(here, alice, "invite", { room, user: "carol" }))).toBe("banned");
    await ask(here, alice, "unban", { room, user: "carol" });
    expect(codeOf(await ask(here, carol, "join", { room }))).toBe("not_member");
    await ask(here, alice, "invite", { room, user: "carol" });
    expect(await ask(here, carol, "join", { room })).toMatchObject({ type: "joined" });
  });

  it("act on nobody of an equal or a higher role", async () => {
    const { here, room, alice, bob, carol } = await led();
    await ask(here, alice, "grant", { room, user: "carol", role: "moderator" });
    for (const action of ["kick", "ban"] as const) {
      expect(codeOf(await ask(here, bob, action, { room, user: "carol" }))).toBe("forbidden");
      expect(codeOf(await ask(here, bob, action, { room, user: "alice" }))).toBe("forbidden");
      expect(codeOf(await ask(here, bob, action, { room, user: "bob" }))).toBe("forbidden");
    }
    await ask(here, alice, "grant", { room, user: "carol", role: "member" });
    expect(codeOf(await ask(here, carol, "kick", { room, user: "bob" }))).toBe("forbidden");
  });

  it("that race with a grant leave no owner out", async () => {
    const { here, room, alice, bob } = await led();
    behindOnce(here.ports.memberships, "change", () =>
      ask(here, alice, "grant", { room, user: "carol", role: "owner" }),
    );
    await ask(here, bob, "kick", { room, user: "carol" });
    const { owners } = await here.ports.rooms.find(room);
    const carol = await here.ports.memberships.find("carol", room);
    expect(owners.includes("carol") && carol?.state !== undefined).toBe(false);
  });
});

describe("mute", () => {
  it("lets a member add nothing until it ends, also after they left (promise 14)", async () => {
    const { here, room, bob, carol } = await led();
    expect(await ask(here, bob, "mute", { room, user: "carol", forMs: 60_000 })).toEqual({
      ...{ type: "muted", room, user: "carol", untilMs: here.ports.clock.nowMs() + 60_000 },
    });
    const sent = await ask(here, carol, "send", { room, text: "hi" });
    expect(sent).toMatchObject({ code: "muted", retryAfterMs: 60_000 });
    expect(codeOf(await ask(here, carol, "typing", { room, on: true }))).toBe("muted");
    await ask(here, carol, "leave", { room });
    await ask(here, bob, "invite", { room, user: "carol" });
    await ask(here, carol, "join", { room });
    expect(codeOf(await ask(here, carol, "send", { room, text: "hi" }))).toBe("muted");
    here.pass(60_000);
    expect(codeOf(await ask(here, carol, "send", { room, text: "hi" }))).toBe("ack");
  });

  it("leaves a message acked that was stored before it (promise 3)", async () => {
    const { here, room, bob, carol } = await led();
    const said = { room, text: "hi", cid: "c-1" };
    const { seq } = await ask(here, carol, "send", said);
    await ask(here, bob, "mute", { room, user: "carol", forMs: 60_000 });
    expect(await ask(here, carol, "send", said)).toMatchObject({ seq, duplicate: true });
  });

  it("ends with 0", async () => {
    const { here, room, bob, carol } = await led();
    await ask(here, bob, "mute", { room, user: "carol", forMs: 60_000 });
    await ask(here, bob, "mute", { room, user: "carol", forMs: 0 });
    expect(codeOf(await ask(here, carol, "send", { room, text: "hi" }))).toBe("ack");
    expect(codeOf(await ask(here, bob, "mute", { room, user: "mallory", forMs: 9 }))).toBe(
      "conflict",
    );
  });
});

describe("owners", () => {
  it("cannot leave or step down when they are the last one (promise 16)", async () => {
    const { here, room, alice, bob } = await led();
    expect(codeOf(await ask(here, alice, "leave", { room }))).toBe("last_owner");
    const down = { room, user: "alice", role: "member" };
    expect(codeOf(await ask(here, alice, "grant", down))).toBe("last_owner");
    await ask(here, alice, "grant", { room, user: "bob", role: "owner" });
    expect(codeOf(await ask(here, alice, "grant", down))).toBe("granted");
    expect(codeOf(await ask(here, alice, "leave", { room }))).toBe("left");
    expect(codeOf(await ask(here, bob, "leave", { room }))).toBe("last_owner");
  });

  it("of whom two leave at once leave one behind", async () => {
    const { here, room, alice, bob } = await led();
    await ask(here, alice, "grant", { room, user: "bob", role: "owner" });
    behindOnce(here.ports.rooms, "find", () => ask(here, bob, "leave", { room }));
    expect(codeOf(await ask(here, alice, "leave", { room }))).toBe("last_owner");
    expect((await here.ports.rooms.find(room)).owners).toEqual(["alice"]);
    expect(await here.ports.memberships.find("alice", room)).not.toHaveProperty("state");
  });

  it("are members: nobody else can become one", async () => {
    const { here, room, alice, carol } = await led();
    const granted = await ask(here, alice, "grant", { room, user: "mallory", role: "owner" });
    expect(codeOf(granted)).toBe("conflict");
    behindOnce(here.ports.rooms, "change", () => ask(here, carol, "leave", { room }));
    expect(
      codeOf(await ask(here, alice, "grant", { room, user: "carol", role: "owner" })),
    ).not.toBe("granted");
    expect((await here.ports.rooms.find(room)).owners).toEqual(["alice"]);
  });

  it("are at most ten", async () => {
    const { here, room, alice } = await led();
    for (let n = 1; n <= limits.owners; n += 1) {
      const user = await here.as(`u${n}`);
      await ask(here, alice, "invite", { room, user: user.user });
      await ask(here, user, "join", { room });
      const granted = await ask(here, alice, "grant", { room, user: user.user, role: "owner" });
      expect(codeOf(granted)).toBe(n < limits.owners ? "granted" : "forbidden");
    }
  });
});
