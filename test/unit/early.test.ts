/**
 * Who gets a message: those who were read ahead of its put, at once, and those who have come since,
 * once they are read too (promises 4 and 7). Nobody gets it twice.
 */
import { describe, expect, it } from "vitest";
import { type SendOptions, send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { Subscribers } from "../../lib/subscriptionPorts.ts";
import { connectionOf, logEvent } from "../support/fixtures.ts";
import { onlySynced } from "../support/syncReply.ts";
import { world } from "../support/world.ts";

type Listed = Awaited<ReturnType<Subscribers["listSome"]>>;
/** What one reading of the subscribers does in place of the real one, or before it. */
type Reading = (real: () => Promise<Listed>) => Promise<Listed>;

/** Alice and Bob in a room, whose handshakes are long over. */
async function chat() {
  const here = world();
  const { ports } = here;
  const [alice, bob] = [await here.as("alice"), await here.as("bob")];
  for (const caller of [alice, bob]) await join({ action: "join", room: "general" }, caller, ports);
  here.pass(limits.handshakeMs);
  for (const caller of [alice, bob]) here.received(caller);
  const say = (
    text: string,
    options: Partial<SendOptions> = {},
    to: object = { room: "general" },
  ) =>
    send({ ...to, text }, alice, ports, {
      publishMs: 1_000,
      exceptConnection: alice.connection.connectionId,
      ...options,
    });
  const textsOf = (caller: ConnectedCaller) =>
    here.received(caller).flatMap((frame) => {
      return frame.type === "events" ? frame.events.map((event) => event.text) : [];
    });
  return { ...here, alice, bob, say, textsOf };
}
type Chat = Awaited<ReturnType<typeof chat>>;

/** The readings of the next send, one after the other; those beyond are the real ones. */
function whenRead({ ports }: Chat, ...readings: Reading[]): { count: number } {
  const { listSome } = ports.subscriptions;
  const asked = { count: 0 };
  ports.subscriptions.listSome = async (...args) => {
    const reading = readings[asked.count];
    asked.count += 1;
    const real = () => listSome(...args);
    return reading ? reading(real) : real();
  };
  return asked;
}

/** Let the next put take effect only when `meanwhile` is over. */
function beforePut({ ports }: Chat, meanwhile: () => Promise<unknown>): void {
  const { put } = ports.log;
  ports.log.put = async (...args) => {
    ports.log.put = put;
    await new Promise((resolve) => setImmediate(resolve)); // the early reading is over
    await meanwhile();
    return put(...args);
  };
}

const syncing = { action: "sync", rooms: { general: 0 } } as const;
const really: Reading = (real) => real();
const onFire: Reading = async () => {
  throw new Error("table on fire");
};
const never: Reading = () => new Promise(() => {});

describe("a message", () => {
  it("is posted to those who were read early before anybody is read again", async () => {
    const here = await chat();
    const order: string[] = [];
    const reading: Reading = (real) => {
      order.push("read");
      return real();
    };
    whenRead(here, reading, reading);
    beforePut(here, async () => {});
    here.ports.sockets.answer("bob-1", () => {
      order.push("posted");
      return "delivered";
    });
    await here.say("hi");
    expect(order).toEqual(["read", "posted", "read"]);
  });

  it("is acked behind the first of its posts, and ahead of all others", async () => {
    const here = await chat();
    const tablet = await here.as("bob");
    await sync(syncing, tablet, here.ports);
    beforePut(here, async () => {});
    const order: string[] = [];
    for (const id of ["bob-1", "bob-2"]) {
      here.ports.sockets.answer(id, () => {
        order.push("posted");
        return "delivered";
      });
    }
    await here.say("hi", { acknowledge: async () => void order.push("acked") });
    expect(order).toEqual(["posted", "acked", "posted"]);
  });

  it("is acked while the later reading hangs, where nobody else was read", async () => {
    const here = await chat();
    await leave({ action: "leave", room: "general" }, here.bob, here.ports);
    whenRead(here, really, never);
    beforePut(here, async () => {});
    await new Promise<void>((acknowledged) => {
      void here.say("hi", { acknowledge: async () => acknowledged() });
    });
  });

  it("reaches a connection that syncs between early reading and put (promise 4)", async () => {
    const here = await chat();
    const tablet = await here.as("bob");
    beforePut(here, async () => {
      const reply = await sync(syncing, tablet, here.ports);
      expect(onlySynced(reply)).toMatchObject({ events: [], complete: true });
    });
    await here.say("hi");
    expect(here.textsOf(tablet)).toEqual(["hi"]);
    expect(here.textsOf(here.bob)).toEqual(["hi"]);
  });

  it("reaches a connection that comes between the two in a direct room, too", async () => {
    const here = await chat();
    let tablet: ConnectedCaller | undefined;
    beforePut(here, async () => {
      tablet = await here.as("bob");
    });
    await here.say("hi", {}, { to: "bob" });
    for (const caller of [here.bob, tablet]) {
      expect(caller && here.textsOf(caller)).toEqual(["hi"]);
    }
  });

  it("reaches nobody who had left before it was sent (promise 7)", async () => {
    const here = await chat();
    await here.say("before");
    await leave({ action: "leave", room: "general" }, here.bob, here.ports);
    await here.say("after");
    expect(here.textsOf(here.bob)).toEqual(["before"]);
  });

  it("may still reach somebody who leaves between the early reading and the put", async () => {
    const here = await chat();
    beforePut(here, () => leave({ action: "leave", room: "general" }, here.bob, here.ports));
    await here.say("hi");
    expect(here.textsOf(here.bob)).toEqual(["hi"]);
    await here.say("again");
    expect(here.textsOf(here.bob)).toEqual([]);
  });

  it("is posted once to each connection, and one that is gone is forgotten once", async () => {
    const here = await chat();
    const phone = await here.as("bob");
    await sync(syncing, phone, here.ports);
    here.received(phone);
    here.ports.sockets.answer("bob-1", "gone");
    const before = here.ports.sockets.attempts.length;
    const forgotten: string[][] = [];
    const { removeAll } = here.ports.connections;
    here.ports.connections.removeAll = async (ids) => {
      forgotten.push([...ids]);
      return removeAll(ids);
    };
    whenRead(here, really, really);
    await here.say("hi");
    const posts = here.ports.sockets.attempts.slice(before).sort();
    expect(posts).toEqual(["bob-1", "bob-2"]);
    expect(forgotten).toEqual([["bob-1"]]);
  });

  it("reaches everybody when the early reading fails", async () => {
    const here = await chat();
    whenRead(here, onFire);
    await here.say("hi");
    expect(here.textsOf(here.bob)).toEqual(["hi"]);
    expect(here.reports).toEqual([]);
  });

  it("is acked, and reaches everybody, while the early reading hangs", async () => {
    const here = await chat();
    whenRead(here, never);
    let isAcked = false;
    void here.say("hi", {
      acknowledge: async () => {
        isAcked = true;
      },
    });
    await expect.poll(() => here.textsOf(here.bob)).toEqual(["hi"]);
    expect(isAcked).toBe(true);
  });

  it("reaches those who were read early when the later reading hangs or fails", async () => {
    for (const later of [onFire, never]) {
      const here = await chat();
      whenRead(here, really, later);
      void here.say("hi");
      await expect.poll(() => here.textsOf(here.bob)).toEqual(["hi"]);
    }
  });

  it("tells the operator when the later reading fails", async () => {
    const here = await chat();
    whenRead(here, really, onFire);
    await here.say("hi");
    expect(here.reports).toContainEqual(expect.objectContaining({ what: "publish incomplete" }));
  });
});

describe("the early reading", () => {
  it("is made once, however often the put has to be tried", async () => {
    const here = await chat();
    const { put } = here.ports.log;
    let losses = 3;
    here.ports.log.put = async (room, event) => {
      if (losses-- > 0) await put(room, logEvent(event.seq, { from: "bob", cid: `b-${losses}` }));
      return put(room, event);
    };
    const asked = whenRead(here);
    expect(await here.say("hi")).toMatchObject({ seq: 4 });
    expect(asked.count).toBe(2);
    expect(here.textsOf(here.bob)).toEqual(["hi"]);
  });

  it("is not made for a stranger or a request, and once for a message sent again", async () => {
    const here = await chat();
    const asked = whenRead(here);
    await expect(here.say("hi", {}, { room: "secret" })).rejects.toMatchObject({
      code: "not_member",
    });
    expect(asked.count).toBe(0);
    for (const _ of [1, 2]) {
      asked.count = 0;
      await here.say("hi", {}, { room: "general", cid: "c-1" });
      expect(asked.count).toBe(2);
    }
    here.ports.holdsRequests = true;
    asked.count = 0;
    await here.say("hi", {}, { to: "bob" });
    expect(asked.count).toBe(0);
  });

  it("delivers nothing in a room that the stream delivers to", async () => {
    const here = await chat();
    await here.ports.log.setDelivery("general", "stream");
    await here.say("hi");
    await here.say("again");
    expect(here.textsOf(here.bob)).toEqual([]);
  });

  it("leaves a room that is too large to the stream", async () => {
    const here = await chat();
    for (let n = 0; n < limits.directConnections; n += 1) {
      const subscription = { ...connectionOf(`u${n}`), topic: "room:general", shard: 0 };
      await here.ports.subscriptions.put(subscription);
    }
    const before = here.ports.sockets.attempts.length;
    await here.say("hi");
    expect(here.ports.sockets.attempts.length).toBe(before);
    expect((await here.ports.log.tail("general", 1)).delivery).toBe("stream");
  });
});
