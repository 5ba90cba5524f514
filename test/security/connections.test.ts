/** How many connections one user has, and what they make of one small frame. */
import { describe, expect, it, vi } from "vitest";
import { handler as onConnect } from "../../handlers/connect.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { userTopic } from "../../lib/pubsub/topics.ts";
import { socketEvent } from "../support/memoryRuntime.ts";
import { attacked } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, here } = await attacked();
const { ports } = here;

/** Connect so many times, a second apart. */
async function connectionsOf(user: string, count: number): Promise<ConnectedCaller[]> {
  const callers: ConnectedCaller[] = [];
  for (let n = 0; n < count; n += 1) {
    here.pass(1_000);
    callers.push(await here.as(user));
  }
  return callers;
}

async function idsOf(user: string): Promise<string[]> {
  const { found } = await ports.subscriptions.listSome(userTopic(user), 1_000);
  return found.map(({ connectionId }) => connectionId).sort();
}

const idOf = ({ connection }: ConnectedCaller) => connection.connectionId;

describe("300 connections of one user", () => {
  it("are twenty: the oldest are told why, closed and forgotten", async () => {
    const callers = await connectionsOf("hoarder", 300);
    const kept = callers.slice(-limits.connectionsPerUser);
    expect(await idsOf("hoarder")).toEqual(kept.map(idOf).sort());
    const known = await ports.connections.findAll(callers.map(idOf));
    expect(known).toHaveLength(limits.connectionsPerUser);
    for (const old of callers.slice(0, -limits.connectionsPerUser)) {
      const told = { type: "disconnect", code: "too_many_connections", reconnect: false };
      expect(here.received(old)).toMatchObject([told]);
      expect(ports.sockets.closed).toContain(idOf(old));
    }
    for (const caller of kept) expect(here.received(caller)).toEqual([]);
  });

  it("are twenty as well when many come at once, the newest ones", async () => {
    const nowMs = ports.clock.nowMs();
    const events = Array.from({ length: 100 }, (_, n) => {
      const connection = { connectionId: `at-once-${n}`, gateway: "http://gateway-1" };
      const times = { connectedAtMs: nowMs + ((n * 37) % 100), expiresAtMs: nowMs + 600_000 };
      const user = "stampede";
      const caller = { user, expiresAtMs: times.expiresAtMs };
      return socketEvent(
        { ...caller, connection: { ...connection, user, ...times } },
        "",
        "CONNECT",
      );
    });
    const answers = await Promise.all(events.map((event) => onConnect(event)));
    expect(answers).toEqual(events.map(() => ({ statusCode: 200 })));
    const newest = events
      .sort((a, b) => b.requestContext.connectedAt - a.requestContext.connectedAt)
      .slice(0, limits.connectionsPerUser)
      .map(({ requestContext }) => requestContext.connectionId);
    expect(await idsOf("stampede")).toEqual(newest.sort());
  });

  it("lock nobody out when all of them were lost without a word", async () => {
    const lost = await connectionsOf("roaming", limits.connectionsPerUser);
    for (const caller of lost) ports.sockets.answer(idOf(caller), "gone");
    here.pass(limits.handshakeMs);
    const [back] = await connectionsOf("roaming", 1);
    if (back === undefined) throw new Error("nobody came");
    expect(await idsOf("roaming")).toContain(idOf(back));
    expect(await idsOf("roaming")).toHaveLength(limits.connectionsPerUser);
  });

  it("stay known where one cannot be closed, and are closed by the next connection", async () => {
    const [open] = await connectionsOf("unreached", 1);
    if (open === undefined) throw new Error("nobody came");
    ports.sockets.answer(idOf(open), "failed");
    await connectionsOf("unreached", limits.connectionsPerUser);
    expect(await idsOf("unreached")).toContain(idOf(open));
    ports.sockets.answer(idOf(open), "delivered");
    await connectionsOf("unreached", 1);
    expect(await idsOf("unreached")).not.toContain(idOf(open));
    expect(await idsOf("unreached")).toHaveLength(limits.connectionsPerUser);
  });

  it("do not close each other's twenty: who stays below the limit keeps all", async () => {
    const callers = await connectionsOf("busy", limits.connectionsPerUser);
    expect(await idsOf("busy")).toEqual(callers.map(idOf).sort());
    for (const caller of callers) expect(here.received(caller)).toEqual([]);
  });

  it("make `leave` push 19 frames, and look at all of them with one request", async () => {
    const callers = await connectionsOf("leaver", 61);
    const last = callers.at(-1);
    if (last === undefined) throw new Error("nobody came");
    for (const caller of callers) here.received(caller);
    const { find, findAll } = ports.connections;
    let requests = 0;
    ports.connections.find = (id) => {
      requests += 1;
      return find(id);
    };
    ports.connections.findAll = (ids) => {
      requests += 1;
      return findAll(ids);
    };
    await ask(last, { action: "leave", room: "elsewhere" });
    Object.assign(ports.connections, { find, findAll });
    expect(requests).toBe(1);
    const told = callers.filter((caller) => here.received(caller).length > 0);
    expect(told).toHaveLength(limits.connectionsPerUser - 1);
  });

  it("do not keep a new one out while the oldest cannot be forgotten", async () => {
    await connectionsOf("unlucky", limits.connectionsPerUser);
    const { removeAll } = ports.subscriptions;
    ports.subscriptions.removeAll = async () => {
      throw new Error("table on fire");
    };
    const [caller] = await connectionsOf("unlucky", 1);
    ports.subscriptions.removeAll = removeAll;
    expect(here.reports).toMatchObject([{ what: "surplus connections not forgotten" }]);
    expect(await idsOf("unlucky")).toContain(caller && idOf(caller));
    await connectionsOf("unlucky", 1); // which does it
    expect(await idsOf("unlucky")).toHaveLength(limits.connectionsPerUser);
  });
});
