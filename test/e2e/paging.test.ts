/**
 * Reading a log that is longer than a frame, or than what a send looks at: by `sync`, by `history`,
 * by HTTP, and by a retry that comes very late. The rooms are filled once; what a test appends is
 * counted from the head that it finds.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { type Client, connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { logEvent } from "../support/fixtures.ts";
import { call, refused } from "../support/http.ts";
import { fillLog, memberOf } from "../support/room.ts";
import { onlySynced } from "../support/syncReply.ts";

const [alice, bob] = [fresh("alice"), fresh("bob")];
const long = fresh("long");
const wide = fresh("wide");
const longLength = 250;
const wideLength = 20;
const cidAt = (seq: number) => `c-${seq}`;

beforeAll(async () => {
  const fill = (room: string, length: number, text: string) => {
    const fromAt = (seq: number) => (seq % 2 ? alice : bob);
    const events = range(1, length).map((seq) => logEvent(seq, { from: fromAt(seq), text }));
    return fillLog(room, events);
  };
  await fill(long, longLength, "hi");
  await fill(wide, wideLength, "😀".repeat(4_000));
  for (const user of [alice, bob]) await memberOf([long, wide], user);
});

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const seqs = (events: readonly LogEvent[]) => events.map(({ seq }) => seq);

describe("sync", () => {
  it("returns a long log in pages of at most 100, the last one complete (promise 4)", async () => {
    const client = await connect(alice);
    const pages = [];
    for (let cursor = 0, complete = false; !complete; ) {
      const rooms = { [long]: cursor };
      const page = onlySynced(await client.request("sync", { action: "sync", rooms }));
      expect(page.seq).toBe(longLength);
      pages.push(seqs(page.events));
      cursor = page.events.at(-1)?.seq ?? cursor;
      complete = page.complete;
    }
    expect(pages).toEqual([range(1, 100), range(101, 200), range(201, longLength)]);
  });

  it("returns large events in as many frames as they need (promise 4)", async () => {
    const client = await connect(bob);
    const received: LogEvent[] = [];
    for (let complete = false; !complete; ) {
      const rooms = { [wide]: received.length };
      const page = onlySynced(await client.request("sync", { action: "sync", rooms }));
      expect(page.events.length).toBeGreaterThan(0);
      received.push(...page.events);
      complete = page.complete;
    }
    expect(seqs(received)).toEqual(range(1, wideLength));
    expect(new Set(received.map(({ text }) => text))).toEqual(new Set(["😀".repeat(4_000)]));
  });

  it("is complete and empty at the head, and refuses a cursor beyond it", async () => {
    const client = await connect(alice);
    const rooms = { [long]: longLength, [wide]: wideLength + 1 };
    const reply = await client.request("sync", { action: "sync", rooms });
    expect(reply.rooms).toMatchObject([
      { room: long, events: [], seq: longLength, n: longLength, complete: true },
      { room: wide, error: { code: "bad_request" } },
    ]);
  });
});

/** Both ways to read a page have to say the same. */
async function historyOf(room: string, query: Record<string, number>, client: Client) {
  const page = await client.request("history", { action: "history", room, ...query });
  const asText = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  const request = { as: client.user, room, query: asText.join("&") };
  const { body } = await call("GET /rooms/{room}/events", request);
  expect(body).toEqual({ room, events: page.events, more: page.more });
  return { seqs: seqs(page.events), more: page.more };
}

describe("history", () => {
  it.each<[Record<string, number>, number[], boolean]>([
    [{}, range(201, 250), true],
    [{ limit: 100 }, range(151, 250), true],
    [{ limit: 1 }, [250], true],
    [{ before: 201 }, range(151, 200), true],
    [{ before: 51 }, range(1, 50), false],
    [{ before: 52 }, range(2, 51), true],
    [{ before: 2 }, [1], false],
    [{ before: 1 }, [], false],
    [{ before: Number.MAX_SAFE_INTEGER, limit: 2 }, [249, 250], true],
    [{ after: 0 }, range(1, 50), true],
    [{ after: 100, limit: 100 }, range(101, 200), true],
    [{ after: 200 }, range(201, 250), false],
    [{ after: 199 }, range(200, 249), true],
    [{ after: 250 }, [], false],
  ])("of %j is a page, ascending, by either API", async (query, expected, more) => {
    const client = await connect(alice);
    expect(await historyOf(long, query, client)).toEqual({ seqs: expected, more });
  });

  it.each([
    251,
    10_000,
    Number.MAX_SAFE_INTEGER - 1,
    Number.MAX_SAFE_INTEGER,
  ])("after %i is refused, being beyond the head, by either API", async (after) => {
    const client = await connect(alice);
    const refusal = await client.request("error", { action: "history", room: long, after });
    expect(refusal).toMatchObject({ code: "bad_request" });
    const request = { as: alice, room: long, query: `after=${after}` };
    expect(await refused("GET /rooms/{room}/events", request)).toMatchObject({
      code: "bad_request",
    });
  });

  it("of large events is read whole both ways, a frame at a time", async () => {
    const client = await connect(alice);
    const forward: number[] = [];
    const backward: number[] = [];
    for (let more = true; more; ) {
      const after = forward.at(-1) ?? 0;
      const page = await historyOf(wide, { after, limit: 100 }, client);
      forward.push(...page.seqs);
      more = page.more;
    }
    for (let more = true; more; ) {
      const before = backward[0] ?? wideLength + 1;
      const page = await historyOf(wide, { before, limit: 100 }, client);
      backward.unshift(...page.seqs);
      more = page.more;
    }
    expect(forward).toEqual(range(1, wideLength));
    expect(backward).toEqual(range(1, wideLength));
  });
});

describe("a retry that comes late", () => {
  const headOf = async (client: Client) => {
    const { events } = await client.request("history", { action: "history", room: long, limit: 1 });
    return events[0]?.seq ?? 0;
  };
  const send = { action: "send", room: long, text: "hi" } as const;

  it("is recognised within 200 events by its cursor (promise 3)", async () => {
    const client = await connect(alice);
    const head = await headOf(client);
    const seq = head - 199 + ((head - 199) % 2 ? 0 : 1); // one of hers
    const retry = { ...send, cid: cidAt(seq), after: seq - 1 };
    expect(await client.request("ack", retry)).toMatchObject({ seq, n: seq, duplicate: true });
    expect(await client.request("ack", { ...send, after: head - 200 })).toMatchObject({
      seq: head + 1,
    });
  });

  it("is asked to sync first when its cursor is further behind", async () => {
    const client = await connect(alice);
    const head = await headOf(client);
    const refusal = await client.request("error", { ...send, after: head - 201 });
    expect(refusal).toMatchObject({ code: "sync_first", retryable: false });
    expect(await headOf(client)).toBe(head);
  });

  it("is refused when its cursor is beyond the head", async () => {
    const client = await connect(alice);
    const head = await headOf(client);
    const refusal = await client.request("error", { ...send, after: head + 1 });
    expect(refusal).toMatchObject({ code: "bad_request" });
    expect(await headOf(client)).toBe(head);
  });

  it("is recognised without a cursor among the last 10 events, and not further back", async () => {
    const client = await connect(bob);
    const head = wideLength;
    const retry = (seq: number, cursor: { after?: number } = {}) => {
      const message = { action: "send", room: wide, text: "😀".repeat(4_000) } as const;
      return client.request("ack", { ...message, cid: cidAt(seq), ...cursor });
    };
    expect(await retry(head - 8)).toMatchObject({ seq: head - 8, duplicate: true });
    const withCursor = await retry(head - 10, { after: head - 11 });
    expect(withCursor).toMatchObject({ seq: head - 10, duplicate: true });
    expect(await retry(head - 10)).toMatchObject({ seq: head + 1 });
  });
});
