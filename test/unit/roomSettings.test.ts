/** What is set of a room, who is in it, and what the operator's servers may do there. */
import { describe, expect, it } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { ask, codeOf, type Fields, hearing, led } from "../support/ledRoom.ts";

describe("configure", () => {
  it("sets what owners set, and only at the rev that was seen", async () => {
    const { here, room, alice, bob, carol } = await led();
    const { rev } = await here.ports.rooms.find(room);
    const set = { room, rev, title: "new plans", slowModeMs: 5_000 };
    expect(await ask(here, alice, "configure", set)).toMatchObject({
      ...{ type: "configured", rev: rev + 1, title: "new plans", slowModeMs: 5_000 },
    });
    expect(codeOf(await ask(here, alice, "configure", set))).toBe("conflict");
    expect(codeOf(await ask(here, bob, "configure", { room, topic: "t" }))).toBe("configured");
    expect(codeOf(await ask(here, bob, "configure", { room, topic: "t", history: "all" }))).toBe(
      "forbidden",
    );
    expect(codeOf(await ask(here, carol, "configure", { room, topic: "t" }))).toBe("forbidden");
    expect(codeOf(await ask(here, alice, "configure", { room, listed: true }))).toBe("bad_request");
    const [event] = (await here.ports.log.tail(room, 1)).events;
    expect(event).toMatchObject({ kind: "room", from: "bob", set: { topic: "t" } });
  });

  it("is shown to members, who may not set it, and to nobody else", async () => {
    const { here, room, alice, carol, mallory } = await led();
    const set = { topic: "new plans", slowModeMs: 5_000, history: "since_join" };
    const { type: _, ...all } = await ask(here, alice, "configure", { room, ...set });
    expect(await ask(here, carol, "settings", { room })).toEqual({ type: "settings", ...all });
    expect(all).toMatchObject({ ...set, invites: "members", listed: false });
    expect(codeOf(await ask(here, mallory, "settings", { room }))).toBe("not_member");
  });

  it("slow mode: a member waits between two messages, whatever is said between", async () => {
    const { here, room, alice, bob, carol } = await led();
    await ask(here, alice, "configure", { room, slowModeMs: 60_000 });
    const send = (who: ConnectedCaller) => ask(here, who, "send", { room, text: "hi" });
    expect(codeOf(await send(carol))).toBe("ack");
    for (let said = 0; said < limits.tailEvents + 5; said += 1) {
      expect(codeOf(await send(said % 2 ? alice : bob))).toBe("ack");
      here.pass(1_000);
    }
    expect(await send(carol)).toMatchObject({ code: "rate_limited", retryAfterMs: 45_000 });
    here.pass(45_000);
    expect(codeOf(await send(carol))).toBe("ack");
  });

  it("since_join: a member's log begins where they joined", async () => {
    const { here, room, alice, mallory } = await led();
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, alice, "send", { room, text: "before" });
    await ask(here, alice, "invite", { room, user: "mallory" });
    const { from } = await ask(here, mallory, "join", { room });
    await ask(here, alice, "send", { room, text: "after" });
    const textsOf = (answer: Fields) => JSON.stringify(answer).match(/"text":"(\w+)"/g);
    for (const fields of [{}, { after: 0 }, { before: 100 }]) {
      const page = await ask(here, mallory, "history", { room, ...fields });
      expect(textsOf(page)).toEqual(['"text":"after"']);
      expect(page["from"]).toBe(from);
    }
    const synced = await ask(here, mallory, "sync", { rooms: { [room]: 0 } });
    expect(textsOf(synced)).toEqual(['"text":"after"']);
    expect(synced["rooms"]).toMatchObject([{ room, from, complete: true }]);
    expect(textsOf(await ask(here, alice, "history", { room }))).toHaveLength(2);
  });
});

describe("close", () => {
  it("lets nothing be added, members read, and everybody leave", async () => {
    const { here, room, alice, bob, carol } = await led();
    expect(codeOf(await ask(here, bob, "close", { room }))).toBe("forbidden");
    const { rev } = await here.ports.rooms.find(room);
    expect(await ask(here, alice, "close", { room })).toEqual({
      ...{ type: "closed", room, rev: rev + 1 },
    });
    for (const who of [alice, bob, carol]) {
      expect(codeOf(await ask(here, who, "send", { room, text: "hi" }))).toBe("closed");
      expect(codeOf(await ask(here, who, "history", { room }))).toBe("history");
    }
    expect(codeOf(await ask(here, alice, "invite", { room, user: "mallory" }))).toBe("closed");
    expect(codeOf(await ask(here, carol, "leave", { room }))).toBe("left");
    expect(codeOf(await ask(here, alice, "reopen", { room }))).toBe("reopened");
    expect(codeOf(await ask(here, bob, "send", { room, text: "hi" }))).toBe("ack");
  });
});

describe("members", () => {
  it("lists everybody with their roles, page by page", async () => {
    const { here, room, carol } = await led();
    expect(await ask(here, carol, "members", { room })).toEqual({
      type: "members",
      room,
      members: [
        { user: "alice", role: "owner" },
        { user: "bob", role: "moderator" },
        { user: "carol", role: "member" },
      ],
      more: false,
    });
    expect(await ask(here, carol, "members", { room, after: "alice", limit: 1 })).toMatchObject({
      members: [{ user: "bob" }],
      more: true,
    });
  });
});

describe("the operator's servers", () => {
  it("have an owner's rights in every room that there is", async () => {
    const { here, room, mallory, carol } = await led();
    const admin = (action: Action, fields: Fields) => ask(here, mallory, action, fields, true);
    expect(codeOf(await admin("kick", { room, user: "carol" }))).toBe("kicked");
    expect(await hearing(here, room)).not.toContain("carol-1");
    await ask(here, carol, "join", { room: "lobby" });
    expect(codeOf(await admin("mute", { room: "lobby", user: "carol", forMs: 9_000 }))).toBe(
      "muted",
    );
    const nowhere = { room: `p-${"z".repeat(22)}`, title: "made" };
    expect(codeOf(await admin("configure", nowhere))).toBe("not_member");
  });
});
