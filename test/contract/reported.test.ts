/** What every store of reported messages promises. Each test has a room of its own. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Reported } from "../../lib/model.ts";
import type { MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent, nowMs } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

describeStores("the reported messages", (stores) => {
  const newRoom = () => `room-${randomUUID()}`;
  const report = (seq: number, by: string, reason?: string): Reported => ({
    by,
    atMs: nowMs,
    event: logEvent(seq) as MessageEvent,
    ...(reason && { reason }),
  });
  const later = nowMs + 60_000;

  it("keeps a copy of the message, and the reason", async () => {
    const { reported } = stores();
    const room = newRoom();
    await reported.put(room, report(7, "bob", "spam “again”"), later);
    const found = await reported.list(room, undefined, 10, nowMs);
    expect(found).toEqual([report(7, "bob", "spam “again”")]);
    expect(await reported.list(newRoom(), undefined, 10, nowMs)).toEqual([]);
  });

  it("keeps a user's first report of a message, and those of others", async () => {
    const { reported } = stores();
    const room = newRoom();
    await reported.put(room, report(7, "bob", "first"), later);
    await reported.put(room, report(7, "bob", "second"), later);
    await reported.put(room, report(7, "al"), later);
    const found = await reported.list(room, undefined, 10, nowMs);
    expect(found).toEqual([report(7, "al"), report(7, "bob", "first")]);
  });

  it("lists newest messages first, page by page", async () => {
    const { reported } = stores();
    const room = newRoom();
    const all = [report(100, "a"), report(99, "b"), report(9, "a"), report(9, "b"), report(1, "z")];
    for (const one of [4, 1, 3, 0, 2].flatMap((n) => all[n] ?? [])) {
      await reported.put(room, one, later);
    }
    expect(await reported.list(room, undefined, 2, nowMs)).toEqual(all.slice(0, 2));
    expect(await reported.list(room, { seq: 99, by: "b" }, 2, nowMs)).toEqual(all.slice(2, 4));
    expect(await reported.list(room, { seq: 9, by: "a" }, 9, nowMs)).toEqual(all.slice(3));
    expect(await reported.list(room, { seq: 9, by: "zz" }, 9, nowMs)).toEqual(all.slice(4));
  });

  it("lists none past its time, which can then be reported again", async () => {
    const { reported } = stores();
    const room = newRoom();
    await reported.put(room, report(7, "bob", "old"), later);
    await reported.put(room, report(8, "bob"), later + 60_000);
    expect(await reported.list(room, undefined, 1, later)).toEqual([report(8, "bob")]);
    const again = { ...report(7, "bob"), atMs: later };
    await reported.put(room, again, later + 60_000);
    expect(await reported.list(room, { seq: 8, by: "bob" }, 9, later)).toEqual([again]);
  });
});
