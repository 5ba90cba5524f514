/** Messages that are kept for a time only: what readers are given, and what a sweep leaves. */
import { describe, expect, it } from "vitest";
import {
  pastIn,
  retainedLog,
  retainedMentions,
  retainedRooms,
} from "../../lib/actions/messages/retained.ts";
import { type SweepPorts, sweep, sweptTogether } from "../../lib/actions/messages/sweep.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parseRetention } from "../../lib/protocol/retention.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { memoryExpiry } from "../support/memory/expiry.ts";
import type { MemoryLog } from "../support/memory/messageLog.ts";
import type { MemoryReactions } from "../support/memory/reactions.ts";
import type { MemoryReplies } from "../support/memory/replies.ts";

const dayMs = 24 * 60 * 60_000;

/** A private room of alice's whose messages are kept for ten days, and ways to ask and sweep. */
async function kept(retentionMs = 10 * dayMs, longestMs = Number.POSITIVE_INFINITY) {
  const made = await led();
  const { here, room, alice } = made;
  const { ports } = here;
  ports.retains = true;
  /** As a function has them: what is past its time is decided anew for each request. */
  const asKept = () => {
    const pastMs = pastIn({ longestMs, rooms: ports.rooms, clock: ports.clock });
    return {
      ...ports,
      log: retainedLog(ports.log, pastMs),
      rooms: retainedRooms(ports.rooms),
      mentions: retainedMentions(ports.mentions, pastMs),
    };
  };
  const asked = (who: ConnectedCaller, action: Action, fields: Fields = {}) =>
    ask({ ports: asKept() }, who, action, fields);
  const stores = ports as unknown as {
    log: MemoryLog;
    reactions: MemoryReactions;
    replies: MemoryReplies;
  };
  const expiry = memoryExpiry(stores);
  const sweepPorts: SweepPorts = { ...ports, expiry, longestMs };
  const swept = async () => {
    await expiry.putWalk({ beganAtMs: 0 });
    await sweep(Number.POSITIVE_INFINITY, sweepPorts);
  };
  const say = async (who: ConnectedCaller, text: string, fields: Fields = {}) =>
    Number((await asked(who, "send", { room, text, ...fields }))["seq"]);
  if (retentionMs > 0) await asked(alice, "configure", { room, retentionMs });
  const stored = () => ports.log.list(room, { limit: 1_000, order: "oldest first" });
  return { ...made, expiry, sweepPorts, asked, swept, say, stored };
}

const textsIn = (answer: Fields) =>
  [...JSON.stringify(answer).matchAll(/"text":"(\w+)"/g)].map(([, text]) => text);

describe("a room's own time", () => {
  it("is set by owners, where the operator lets rooms say so", async () => {
    const { here, room, alice, bob } = await led();
    const set = { room, retentionMs: dayMs };
    expect(codeOf(await ask(here, alice, "configure", set))).toBe("forbidden");
    here.ports.retains = true;
    expect(codeOf(await ask(here, bob, "configure", set))).toBe("forbidden");
    expect(await ask(here, alice, "configure", set)).toMatchObject({
      ...{ type: "configured", retentionMs: dayMs },
    });
    expect(await ask(here, alice, "configure", { room, retentionMs: 0 })).toMatchObject({
      ...{ type: "configured", retentionMs: 0 },
    });
  });

  it("is the shorter one of the room's and the operator's", async () => {
    for (const [own, longest] of [
      [2 * dayMs, 20 * dayMs],
      [20 * dayMs, 2 * dayMs],
      [0, 2 * dayMs],
    ] as const) {
      const { here, room, alice, asked, say } = await kept(own, longest);
      await say(alice, "old");
      here.pass(dayMs);
      await say(alice, "new");
      expect(textsIn(await asked(alice, "history", { room }))).toEqual(["old", "new"]);
      here.pass(dayMs);
      expect(textsIn(await asked(alice, "history", { room }))).toEqual(["new"]);
    }
  });
});

describe.each(["before", "after"])("readers, %s the sweep", (when) => {
  /** Old events with all that can hang on them, then two new ones. */
  async function aged() {
    const all = await kept();
    const { here, room, alice, bob, carol, asked, say, swept } = all;
    const root = await say(alice, "root");
    await say(bob, "reply", { thread: root });
    const named = await say(alice, "named", { mentions: ["carol"] });
    await asked(carol, "react", { room, seq: root, emoji: "👍", on: true });
    await asked(alice, "pin", { room, seq: root, on: true });
    await asked(carol, "report", { room, seq: named });
    here.pass(9 * dayMs);
    const fresh = await say(bob, "fresh", { replyTo: root });
    here.pass(2 * dayMs);
    const newest = await say(alice, "newest");
    if (when === "after") await swept();
    return { ...all, root, named, fresh, newest };
  }

  it("are given no page, and no event, that is past its time", async () => {
    const { room, carol, asked, root, fresh, newest } = await aged();
    for (const fields of [{}, { before: 100 }, { after: 0 }, { after: root }, { around: fresh }]) {
      const page = await asked(carol, "history", { room, ...fields });
      expect(textsIn(page), JSON.stringify(fields)).toEqual(["fresh", "newest"]);
      expect(page["more"]).toBe(false);
    }
    expect((await asked(carol, "history", { room, after: 0 }))["from"]).toBe(fresh);
    const seqs = [root, root + 1, fresh, newest];
    expect(textsIn(await asked(carol, "events", { room, seqs }))).toEqual(["fresh", "newest"]);
  });

  it("are told from where on the log is theirs, however far back their cursor is", async () => {
    const { here, room, asked, root, fresh, newest } = await aged();
    for (const cursor of [0, root, fresh - 2]) {
      const tags = cursor > 0 ? { tags: { [room]: "elsewher" } } : {};
      const device = await here.as("carol");
      const synced = await asked(device, "sync", { rooms: { [room]: cursor }, ...tags });
      expect(textsIn(synced)).toEqual(["fresh", "newest"]);
      expect(synced["rooms"]).toMatchObject([{ from: fresh, seq: newest, complete: true }]);
    }
  });

  it("find nothing there to answer, react to, pin, quote, change or report", async () => {
    const { room, alice, bob, carol, asked, root } = await aged();
    const refused = await Promise.all([
      asked(carol, "thread", { room, seq: root }),
      asked(carol, "react", { room, seq: root, emoji: "👍", on: false }),
      asked(carol, "reactors", { room, seq: root }),
      asked(carol, "readers", { room, seq: root }),
      asked(bob, "pin", { room, seq: root, on: true }),
      asked(alice, "edit", { room, seq: root, text: "anew" }),
      asked(alice, "delete", { room, seq: root }),
      asked(carol, "report", { room, seq: root }),
      asked(carol, "send", { room, text: "x", replyTo: root }),
      asked(carol, "send", { room, text: "x", thread: root }),
      asked(carol, "preferences", { room, unreadFrom: root }),
    ]);
    expect(refused.map(codeOf)).toEqual(refused.map(() => "bad_request"));
    expect(await asked(carol, "mentions")).toMatchObject({ mentions: [], more: false });
    expect(await asked(carol, "hello")).toMatchObject({ rooms: [{ mentions: 0 }] });
  });

  it("keep what moderators judge, for as long as that is kept", async () => {
    const { room, alice, asked } = await aged();
    expect(textsIn(await asked(alice, "reports", { room }))).toEqual(["named"]);
  });
});

describe("the newest event", () => {
  it("stays, and says no more than that it is deleted", async () => {
    const { here, room, alice, asked, say, swept, stored } = await kept();
    const seq = await say(alice, "secret", { mentions: ["bob"], data: { a: 1 } });
    const { tag = "" } = (await stored()).at(-1) ?? {};
    here.pass(11 * dayMs);
    const carol = await here.as("carol");
    for (const isSwept of [false, true]) {
      if (isSwept) await swept();
      const page = await asked(carol, "history", { room });
      expect(page["events"]).toMatchObject([{ seq, n: 1, tag, deleted: { by: "moderator" } }]);
      expect(JSON.stringify(page)).not.toMatch(/secret|mentions|data|ALICE/);
      const at = { rooms: { [room]: seq }, tags: { [room]: tag } };
      expect((await asked(carol, "sync", at))["rooms"]).toMatchObject([
        { events: [], seq, complete: true },
      ]);
      expect(await asked(carol, "read", { room, seq })).toMatchObject({ seq, n: 1 });
    }
    expect(JSON.stringify(await stored())).not.toMatch(/secret|ALICE/);
    // Its successor takes the next position, and the successor's sweep takes it away.
    expect(await say(alice, "next")).toBe(seq + 1);
    await swept();
    expect((await stored()).map((event) => event.seq)).toEqual([seq + 1]);
    expect(textsIn(await asked(carol, "sync", { rooms: { [room]: 1 } }))).toEqual(["next"]);
  });
});

describe("the sweep", () => {
  it("leaves nothing of what is past its time, and counts none of it as unread", async () => {
    const { here, room, alice, bob, carol, asked, say, swept, stored, expiry } = await kept();
    const root = await say(alice, "root");
    await say(bob, "reply", { thread: root });
    await asked(carol, "react", { room, seq: root, emoji: "👍", on: true });
    here.pass(11 * dayMs);
    await say(alice, "newest");
    await swept();
    expect(textsIn({ log: await stored() })).toEqual(["newest"]);
    const { begins } = await here.ports.rooms.find(room);
    expect(begins).toEqual({ seq: (await stored())[0]?.seq, n: 2 });
    expect(await here.ports.reactions.list(room, root, { limit: 9 })).toEqual([]);
    const all = { limit: 9, order: "oldest first" } as const;
    expect(await here.ports.replies.list(room, root, all)).toEqual([]);
    expect(await here.ports.replies.isFollowing(room, root, "bob")).toBe(false);
    expect(await asked(carol, "hello")).toMatchObject({ rooms: [{ unread: 1, n: 3 }] });
    await expiry.begin(room, { seq: 1, n: 0 });
    expect((await here.ports.rooms.find(room)).begins).toEqual(begins);
  });

  it("forgets pins of what is gone, so they take no place", async () => {
    const { here, room, alice, asked, say, swept } = await kept();
    for (let pins = 0; pins < limits.pins; pins += 1) {
      await asked(alice, "pin", { room, seq: await say(alice, "p"), on: true });
      here.pass(5_000);
    }
    here.pass(11 * dayMs);
    const seq = await say(alice, "newest");
    expect(codeOf(await asked(alice, "pin", { room, seq, on: true }))).toBe("forbidden");
    await swept();
    expect(codeOf(await asked(alice, "pin", { room, seq, on: true }))).toBe("pinned");
    expect((await here.ports.rooms.find(room)).pins).toEqual([seq]);
  });

  it("walks once a day, goes on where it stopped, and leaves a room that fails", async () => {
    const { here, room, alice, say, expiry, sweepPorts, stored } = await kept();
    for (let said = 0; said < sweptTogether + 5; said += 1) {
      await say(alice, "old");
      here.pass(1_000);
    }
    here.pass(11 * dayMs);
    await say(alice, "newest");
    const before = (await stored()).length;
    await sweep(0, sweepPorts); // out of time behind its first step
    expect(before - (await stored()).length).toBe(sweptTogether);
    await sweep(Number.POSITIVE_INFINITY, sweepPorts);
    expect(textsIn({ log: await stored() })).toEqual(["newest"]);
    const walk = await expiry.findWalk();
    expect(walk?.place).toBeUndefined();

    here.pass(dayMs - 1);
    await sweep(Number.POSITIVE_INFINITY, sweepPorts);
    expect(await expiry.findWalk()).toEqual(walk);
    here.pass(1);
    const fail = async () => {
      throw new Error("no table");
    };
    await sweep(Number.POSITIVE_INFINITY, { ...sweepPorts, rooms: { find: fail } });
    expect(here.reports).toMatchObject([{ what: "room not swept", details: { room } }]);
    expect((await expiry.findWalk())?.beganAtMs).toBe((walk?.beganAtMs ?? 0) + dayMs);
  });
});

describe("RETENTION", () => {
  it("is rooms or a number of days", () => {
    expect(parseRetention(undefined)).toBeUndefined();
    expect(parseRetention("rooms")).toEqual({ longestMs: Number.POSITIVE_INFINITY });
    expect(parseRetention("30")).toEqual({ longestMs: 30 * dayMs });
    for (const wrong of ["0", "-1", "1.5", "3651", "30d", "on"]) {
      expect(() => parseRetention(wrong), wrong).toThrow(/^RETENTION must be/);
    }
  });
});
