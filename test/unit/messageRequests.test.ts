/** Message requests: a stranger's first message, what its recipient does, and what both see. */
import { describe, expect, it } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parseMessageRequests } from "../../lib/protocol/messageRequests.ts";
import { ask, codeOf, type Fields } from "../support/ledRoom.ts";
import { behindOnce, look, world } from "../support/world.ts";

const room = "dm:alice:bob";
const invitation = { type: "invited", room, user: "bob", by: "alice" };

/** Alice and bob, who have never written to each other. */
async function strangers() {
  const here = world();
  here.ports.holdsRequests = true;
  const [alice, bob] = [await here.as("alice"), await here.as("bob")];
  const say = (cid: string, by = alice, isAdmin = false) =>
    ask(here, by, "send", { room, text: `said ${cid}`, cid }, isAdmin);
  const of = (by: ConnectedCaller, action: "join" | "decline" | "hello", fields: Fields = {}) =>
    ask(here, by, action, action === "hello" ? fields : { room, ...fields });
  const invitations = async () => (await of(bob, "hello"))["invitations"];
  const rooms = async (who = bob) =>
    ((await of(who, "hello"))["rooms"] as { room: string }[]).map((one) => one.room);
  return { here, alice, bob, say, of, invitations, rooms };
}

const cidsOf = (page: Fields) => (page["events"] as { cid: string }[]).map(({ cid }) => cid);

describe("a stranger's first message", () => {
  it("is acked, and waits: an invitation is pushed in its place, and hello lists it", async () => {
    const { here, alice, bob, say, invitations, rooms } = await strangers();
    const phone = await here.as("bob");
    const laptop = await here.as("alice");
    expect(await say("a")).toMatchObject({ type: "ack", seq: 1, cid: "a" });
    for (const device of [bob, phone]) expect(here.received(device)).toEqual([invitation]);
    expect(here.received(laptop)).toMatchObject([{ type: "events", room }]);
    expect(await invitations()).toEqual([{ room, by: "alice", atMs: expect.any(Number) }]);
    expect(await rooms()).toEqual([]);
    expect(await rooms(alice)).toEqual([room]);
  });

  it("can be read before the recipient decides, and reported", async () => {
    const { here, bob, say, of } = await strangers();
    await say("a");
    expect(cidsOf(await ask(here, bob, "history", { room }))).toEqual(["a"]);
    expect(codeOf(await ask(here, bob, "report", { room, seq: 1 }))).toBe("reported");
    expect(await of(bob, "hello")).toMatchObject({ rooms: [] });
  });

  it("is the only one until the recipient accepts", async () => {
    const { here, bob, say } = await strangers();
    await say("a");
    here.received(bob);
    expect(await say("b")).toMatchObject({ code: "forbidden", retryable: false });
    expect(here.received(bob)).toEqual([]);
    expect(cidsOf(await ask(here, bob, "history", { room }))).toEqual(["a"]);
  });

  it("stays the only one when its changes have pushed it out of the log's tail", async () => {
    const { here, bob, say } = await strangers();
    await say("a");
    here.received(bob);
    for (let n = 0; n <= limits.tailEvents; n += 1) {
      const reaction = { room, seq: 1, emoji: "👍", on: n % 2 === 0 };
      expect(codeOf(await ask(here, bob, "react", reaction))).toBe("reacted");
    }
    expect(codeOf(await say("b"))).toBe("forbidden");
    expect(here.received(bob)).toEqual([]);
  });

  it("is one of two that are sent at once", async () => {
    const { here, alice, bob, say } = await strangers();
    const laptop = await here.as("alice");
    let second: Fields = {};
    behindOnce(here.ports.memberships, "addWriter", async () => {
      second = await say("b", laptop);
    });
    expect(codeOf(await say("a", alice))).toBe("forbidden");
    expect(codeOf(second)).toBe("ack");
    expect(cidsOf(await ask(here, bob, "history", { room }))).toEqual(["b"]);
  });

  it("is acked and announced again when it is sent again", async () => {
    const { here, bob, say } = await strangers();
    const first = await say("a");
    here.received(bob);
    expect(await say("a")).toEqual({ ...first, duplicate: true });
    expect(here.received(bob)).toEqual([invitation]);
  });

  it("completes an invitation whose sender was killed ahead of the message", async () => {
    const { here, say, invitations } = await strangers();
    behindOnce(here.ports.memberships, "add", async () => {
      throw new Error("killed");
    });
    await expect(say("a")).rejects.toThrow("killed");
    expect(await invitations()).toHaveLength(1);
    expect(codeOf(await say("a"))).toBe("ack");
    expect(codeOf(await say("b"))).toBe("forbidden");
  });

  it("mentions nobody, and shows no hint, while it waits", async () => {
    const { here, alice, bob } = await strangers();
    for (const one of [alice, bob]) await look(here, one, room);
    await ask(here, alice, "send", { room, text: "hi", mentions: ["bob"] });
    for (const one of [alice, bob]) here.received(one);
    await ask(here, alice, "typing", { room, on: true });
    await ask(here, bob, "read", { room, seq: 1 });
    await ask(here, bob, "typing", { room, on: true });
    expect(here.received(bob)).toEqual([]);
    expect(here.received(alice)).toEqual([]);
    expect(await ask(here, alice, "who", { room })).toMatchObject({ online: [{ user: "alice" }] });
    expect(await ask(here, bob, "mentions")).toMatchObject({ mentions: [] });
  });

  it("does not wait when a server of the operator's sends it", async () => {
    const { here, alice, bob, say, invitations } = await strangers();
    await say("a", alice, true);
    expect(here.received(bob)).toMatchObject([{ type: "events" }]);
    expect(await invitations()).toEqual([]);
  });

  it("does not wait where the two have written before, or where nothing is held", async () => {
    const { here, bob, say } = await strangers();
    here.ports.holdsRequests = false;
    await say("a");
    here.ports.holdsRequests = true;
    expect(codeOf(await say("b"))).toBe("ack");
    expect(here.received(bob)).toMatchObject([{ type: "events" }, { type: "events" }]);
  });
});

describe("a message request that is accepted", () => {
  it("opens the room: further messages are pushed, and the room is listed", async () => {
    const { here, alice, bob, say, of, invitations, rooms } = await strangers();
    const phone = await here.as("bob");
    await say("a");
    for (const one of [alice, bob, phone]) here.received(one);
    const joined = await of(bob, "join");
    expect(joined).toMatchObject({ type: "joined", room, seq: 1, n: 1, online: 1 });
    expect(here.received(phone)).toEqual([joined]);
    expect(here.received(alice)).toEqual([]);
    expect(await invitations()).toEqual([]);
    expect(await rooms()).toEqual([room]);
    expect(codeOf(await say("b"))).toBe("ack");
    expect(here.received(bob)).toMatchObject([{ events: [{ cid: "b" }] }]);
  });

  it("is answered the same when it is accepted again", async () => {
    const { bob, say, of } = await strangers();
    await say("a");
    expect(await of(bob, "join")).toEqual(await of(bob, "join"));
    expect(codeOf(await of(bob, "decline"))).toBe("conflict");
  });

  it("shows the recipient's presence to the sender once both have written", async () => {
    const { here, alice, bob, say, of } = await strangers();
    await say("a");
    await of(bob, "join");
    const online = async () =>
      ((await ask(here, alice, "who", { room }))["online"] as { user: string }[]).length;
    expect(await online()).toBe(1);
    await say("b", bob);
    expect(await online()).toBe(2);
  });

  it("is accepted by an answer", async () => {
    const { here, alice, bob, say, invitations, rooms } = await strangers();
    await say("a");
    here.received(alice);
    expect(codeOf(await say("b", bob))).toBe("ack");
    expect(here.received(alice)).toMatchObject([{ events: [{ cid: "b" }] }]);
    expect(await invitations()).toEqual([]);
    expect(await rooms()).toEqual([room]);
    expect(codeOf(await say("c"))).toBe("ack");
  });

  it("is accepted by an answer that comes while another device declines", async () => {
    const { here, bob, say, of } = await strangers();
    await say("a");
    const change = here.ports.memberships.change.bind(here.ports.memberships);
    here.ports.memberships.change = async (...asked) => {
      here.ports.memberships.change = change;
      await say("b", bob);
      return change(...asked);
    };
    expect(codeOf(await of(bob, "decline"))).toBe("conflict");
    expect(codeOf(await say("c"))).toBe("ack");
  });

  it("reaches the recipient when they accept it while it is being sent", async () => {
    const { here, bob, say, of } = await strangers();
    behindOnce(here.ports.log, "put", () => of(bob, "join"));
    await say("a");
    expect(here.received(bob)).toMatchObject([{ type: "events", events: [{ cid: "a" }] }]);
  });
});

describe("a message request that is declined", () => {
  const changes = {
    send: { text: "more", cid: "b" },
    edit: { seq: 1, text: "other" },
    react: { seq: 1, emoji: "👍", on: true },
  };

  it.each(
    Object.entries(changes),
  )("refuses a %s as while it waits, and as a block does", async (action, fields) => {
    const answers = [];
    for (const end of ["wait", "decline", "block"] as const) {
      const { here, alice, bob, say } = await strangers();
      await say("a");
      for (const one of [alice, bob]) here.received(one);
      if (end === "decline") expect(codeOf(await ask(here, bob, end, { room }))).toBe("declined");
      const user = { user: "alice", on: true };
      if (end === "block") expect(codeOf(await ask(here, bob, end, user))).toBe("blocked");
      expect(here.received(alice)).toEqual([]);
      answers.push(await ask(here, alice, action as "send", { room, ...fields }));
      expect(here.received(bob)).toEqual([]);
    }
    expect(answers[0]).toMatchObject({ code: "forbidden" });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it("can be deleted by its sender, as one that waits", async () => {
    const { here, alice, bob, say, of } = await strangers();
    await say("a");
    await of(bob, "decline");
    for (const one of [alice, bob]) here.received(one);
    expect(codeOf(await ask(here, alice, "delete", { room, seq: 1 }))).toBe("deleted");
    expect(here.received(bob)).toEqual([]);
  });

  it("leaves both lists of the recipient, on all devices", async () => {
    const { here, bob, say, of, invitations, rooms } = await strangers();
    const phone = await here.as("bob");
    await say("a");
    for (const one of [bob, phone]) here.received(one);
    await of(bob, "decline");
    expect(here.received(phone)).toEqual([{ type: "declined", room }]);
    expect([await invitations(), await rooms()]).toEqual([[], []]);
    expect(codeOf(await of(bob, "join"))).toBe("not_member");
  });

  it("acks the first message again, and tells the recipient nothing", async () => {
    const { here, bob, say, of } = await strangers();
    const first = await say("a");
    await of(bob, "decline");
    here.received(bob);
    expect(await say("a")).toEqual({ ...first, duplicate: true });
    expect(here.received(bob)).toEqual([]);
  });

  it("is taken back when the recipient writes after all", async () => {
    const { bob, say, of, rooms } = await strangers();
    await say("a");
    await of(bob, "decline");
    expect(codeOf(await say("b", bob))).toBe("ack");
    expect(codeOf(await say("c"))).toBe("ack");
    expect(await rooms()).toEqual([room]);
  });
});

describe("a direct room without a request", () => {
  it("is neither accepted nor declined, and one between others says nothing", async () => {
    const { here, bob, say, of } = await strangers();
    expect(codeOf(await of(bob, "join"))).toBe("forbidden");
    expect(codeOf(await of(bob, "decline"))).toBe("not_member");
    await say("a");
    const carol = await here.as("carol");
    for (const action of ["join", "decline"] as const) {
      expect(codeOf(await of(carol, action))).toBe("forbidden");
    }
  });

  it("with oneself has no request", async () => {
    const { here, alice } = await strangers();
    for (const cid of ["a", "b"]) {
      const answer = await ask(here, alice, "send", { to: "alice", text: "note", cid });
      expect(codeOf(answer)).toBe("ack");
    }
  });
});

describe("MESSAGE_REQUESTS", () => {
  it("is on or off, off unless told, and nothing else", () => {
    expect([undefined, "off", "on"].map(parseMessageRequests)).toEqual([false, false, true]);
    expect(() => parseMessageRequests("yes")).toThrow(/^MESSAGE_REQUESTS must be/);
  });
});
