/** Reports and the directory: who reports and reads what, and which rooms are found. */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";

/** A led room in which carol said something. */
async function spoken(fields: Fields = {}) {
  const room = await led(fields);
  const { here, carol } = room;
  const { seq } = await ask(here, carol, "send", { room: room.room, text: "buy this" });
  const report = (caller: typeof carol, more: Fields = {}) =>
    ask(here, caller, "report", { room: room.room, seq, ...more });
  const listed = async (caller = room.bob) =>
    (await ask(here, caller, "reports", { room: room.room }))["reports"] as Fields[];
  return { ...room, seq, report, listed };
}

describe("report", () => {
  it("keeps a copy of the message for moderators and owners", async () => {
    const { room, seq, alice, bob, carol, report, listed, here } = await spoken();
    const answer = await report(alice, { reason: "spam" });
    expect(answer).toEqual({ type: "reported", room, seq });
    for (const one of [alice, bob]) {
      expect(await listed(one)).toMatchObject([
        { report: `${seq}.alice`, by: "alice", reason: "spam", event: { seq, text: "buy this" } },
      ]);
    }
    expect(codeOf(await ask(here, carol, "reports", { room }))).toBe("forbidden");
    expect(here.received(carol)).not.toContainEqual(expect.objectContaining({ type: "reported" }));
  });

  it("is done once by each member, with the first reason", async () => {
    const { alice, bob, report, listed } = await spoken();
    const first = await report(alice, { reason: "spam" });
    expect(await report(alice, { reason: "no, worse" })).toEqual(first);
    await report(bob);
    expect((await listed()).map(({ by, reason }) => [by, reason])).toEqual([
      ["alice", "spam"],
      ["bob", undefined],
    ]);
  });

  it("ends after its time, and can then be made again", async () => {
    const { here, alice, report, listed } = await spoken();
    await report(alice);
    here.pass(limits.reportKeptSeconds * 1_000);
    expect(await listed()).toEqual([]);
    await report(alice);
    expect(await listed()).toHaveLength(1);
  });

  it("is refused of what is no message, and of one that the member may not read", async () => {
    const { here, room, alice, seq, report, mallory } = await spoken();
    for (const other of [1, Number(seq) + 1]) {
      expect(codeOf(await report(alice, { seq: other }))).toBe("bad_request");
    }
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, alice, "invite", { room, user: "mallory" });
    await ask(here, mallory, "join", { room });
    expect(codeOf(await report(mallory))).toBe("bad_request");
  });

  it("is for the operator's servers in a direct room, which nobody leads", async () => {
    const { here, alice, carol } = await spoken();
    const room = "dm:alice:carol";
    const { seq } = await ask(here, carol, "send", { room, text: "psst" });
    expect(codeOf(await ask(here, alice, "report", { room, seq }))).toBe("reported");
    expect(codeOf(await ask(here, alice, "reports", { room }))).toBe("forbidden");
    const { reports } = await ask(here, alice, "reports", { room }, true);
    expect(reports).toMatchObject([{ by: "alice", event: { text: "psst" } }]);
  });
});

describe("reports", () => {
  it("come a page at a time", async () => {
    const { here, room, alice, bob } = await spoken();
    const count = limits.reportsPage + 1;
    for (let n = 0; n < count; n += 1) {
      here.pass(10_000);
      const { seq } = await ask(here, bob, "send", { room, text: `no. ${n}` });
      await ask(here, alice, "report", { room, seq });
    }
    const first = await ask(here, bob, "reports", { room });
    const page = first["reports"] as Fields[];
    expect(first["more"]).toBe(true);
    expect(page).toHaveLength(limits.reportsPage);
    const after = page.at(-1)?.["report"];
    expect(await ask(here, bob, "reports", { room, after })).toMatchObject({
      reports: [{ event: { text: "no. 0" } }],
      more: false,
    });
  });
});

describe("directory", () => {
  it("shows the rooms that owners have listed, to everybody", async () => {
    const here = world();
    const [alice, carol] = [await here.as("alice"), await here.as("carol")];
    const make = (room: string, title: string) =>
      ask(here, alice, "create", { visibility: "public", room, title });
    const list = (room: string, listed: boolean) => ask(here, alice, "configure", { room, listed });
    await make("lobby", "Lobby");
    await make("attic", "Attic");
    await make("quiet", "Quiet");
    for (const room of ["lobby", "attic"]) await list(room, true);
    const seen = async () => (await ask(here, carol, "directory"))["rooms"];
    expect(await seen()).toEqual([
      { room: "attic", title: "Attic" },
      { room: "lobby", title: "Lobby" },
    ]);
    await ask(here, alice, "close", { room: "attic" });
    await list("lobby", false);
    expect(await seen()).toEqual([{ room: "attic", title: "Attic", closed: true }]);
  });
});
