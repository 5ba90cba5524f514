/** What every store promises of what users spent. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { nowMs } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

describeStores("what users spent", (stores) => {
  it("is summed up for a user and a window, and for nobody else", async () => {
    const { spending } = stores();
    const user = `alice-${randomUUID()}`;
    expect(await spending.add(user, nowMs, 7)).toBe(7);
    expect(await spending.add(user, nowMs, 5)).toBe(12);
    expect(await spending.add(user, nowMs + 30_000, 5)).toBe(5);
    expect(await spending.add(`${user}-2`, nowMs, 1)).toBe(1);
  });

  it("is kept apart for each thing that is counted", async () => {
    const { spending } = stores();
    const user = `alice-${randomUUID()}`;
    expect(await spending.add(user, nowMs, 7)).toBe(7);
    expect(await spending.add(user, nowMs, 2, "joins")).toBe(2);
    expect(await spending.add(user, nowMs, 3, "rooms")).toBe(3);
    expect(await spending.add(user, nowMs, 1, "joins")).toBe(3);
    expect(await spending.add(user, nowMs, 1)).toBe(8);
  });

  it("loses nothing when many add at once", async () => {
    const { spending } = stores();
    const user = `alice-${randomUUID()}`;
    const totals = await Promise.all(
      Array.from({ length: 20 }, () => spending.add(user, nowMs, 3)),
    );
    expect(totals.sort((a, b) => a - b)).toEqual(totals.map((_, n) => 3 * (n + 1)));
  });
});
