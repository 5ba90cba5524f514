/** What a delivery to a huge topic may hold in memory, and what it leaves when its time is up. */
import { describe, expect, it } from "vitest";
import type { Subscription } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { deliver } from "../../lib/pubsub/deliver.ts";
import { world } from "../support/world.ts";

const frame = new TextEncoder().encode("{}");
const pageSize = 4_000;

const recipient = (index: number): Subscription => ({
  topic: "room:large",
  shard: 0,
  connectionId: String(index).padStart(8, "0"),
  gateway: "g",
  user: "u",
  connectedAtMs: 0,
  expiresAtMs: Number.MAX_SAFE_INTEGER,
});

describe("a delivery to very many", () => {
  it("reads no further ahead than the recipients that may wait", async () => {
    const { ports } = world();
    let read = 0;
    let posted = 0;
    let most = 0;
    async function* pages() {
      for (; read < 100_000; read += pageSize) {
        yield Array.from({ length: pageSize }, (_, index) => recipient(read + index));
        most = Math.max(most, read + pageSize - posted);
      }
    }
    ports.gateways.post = async () => {
      posted += 1;
      return "delivered";
    };
    const { delivered } = await deliver(ports, pages(), [frame], {}, async () => {});
    expect(delivered).toBe(100_000);
    expect(most).toBeLessThanOrEqual(limits.recipientsWaiting + 2 * pageSize);
  });

  it("hands out who is gone in batches while it goes on", async () => {
    const { ports } = world();
    ports.gateways.post = async ({ connectionId }) =>
      Number(connectionId) % 2 === 0 ? "gone" : "delivered";
    const batches: number[] = [];
    let concurrent = 0;
    async function* pages() {
      yield Array.from({ length: 1_050 }, (_, index) => recipient(index));
    }
    const outcome = await deliver(ports, pages(), [frame], {}, async (gone) => {
      concurrent += 1;
      expect(concurrent).toBe(1);
      batches.push(gone.length);
      await new Promise((resolve) => setImmediate(resolve));
      concurrent -= 1;
    });
    expect(outcome).toMatchObject({ delivered: 525, gone: 525, skipped: 0 });
    expect(batches).toEqual([100, 100, 100, 100, 100, 25]);
  });

  it("posts to everybody before it says that forgetting has failed", async () => {
    const { ports } = world();
    let posted = 0;
    ports.gateways.post = async () => {
      posted += 1;
      return "gone";
    };
    async function* pages() {
      yield Array.from({ length: 500 }, (_, index) => recipient(index));
    }
    const failing = deliver(ports, pages(), [frame], {}, async () => {
      throw new Error("table on fire");
    });
    await expect(failing).rejects.toThrow("table on fire");
    expect(posted).toBe(500);
  });

  it("lets nobody wait for a post because cleaning up is slow, and keeps few for it", async () => {
    const { ports } = world();
    let posted = 0;
    ports.gateways.post = async () => {
      posted += 1;
      return "gone";
    };
    async function* pages() {
      yield Array.from({ length: 5_000 }, (_, index) => recipient(index));
    }
    let handedOut = 0;
    const outcome = await deliver(ports, pages(), [frame], {}, async (gone) => {
      handedOut += gone.length;
      // Far more turns than the posts take.
      for (let turn = 0; turn < 1_000 && posted < 5_000; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(posted).toBe(5_000);
    });
    expect(outcome.gone).toBe(5_000);
    expect(handedOut).toBe(limits.goneInBatch + limits.goneWaiting);
  });

  it("says where its time ran out; going on behind that reaches everybody once", async () => {
    const { ports, pass } = world();
    const reached: string[] = [];
    ports.gateways.post = async ({ connectionId }) => {
      reached.push(connectionId);
      pass(1);
      return "delivered";
    };
    async function* pages(after: string) {
      const first = after === "" ? 0 : Number(after) + 1;
      for (let from = first; from < 10_000; from += 500) {
        const count = Math.min(500, 10_000 - from);
        yield Array.from({ length: count }, (_, index) => recipient(from + index));
      }
    }
    let after: string | undefined = "";
    let rounds = 0;
    for (; after !== undefined; rounds += 1) {
      const selection = { withinMs: 4_000 };
      const outcome = await deliver(ports, pages(after), [frame], selection, async () => {});
      expect(outcome.skipped).toBe(0);
      after = outcome.stoppedBehind;
    }
    expect(rounds).toBeGreaterThan(2);
    expect(reached).toHaveLength(10_000);
    expect(new Set(reached).size).toBe(10_000);
  });
});
