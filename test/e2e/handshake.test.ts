/**
 * Who gets in: the three places for a token, and what expiry does. Of what is wrong with tokens a
 * sample; all of it is in test/security/tokens.test.ts.
 */
import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { developmentSecret as ours } from "../../lib/identity/developmentSecret.ts";
import { developmentToken } from "../../local/tokens.ts";
import { type Client, connect, open } from "../support/client.ts";
import { fresh, shared } from "../support/endpoints.ts";
import { call, refused } from "../support/http.ts";

interface Offer {
  query?: string;
  headers?: Record<string, string>;
  protocols?: string[];
}

/** The status of a handshake, and the subprotocol that the server selected. */
async function handshake({ query = "", headers = {}, protocols = [] }: Offer) {
  const socket = new WebSocket(`${shared().websocketUrl}/${query}`, protocols, {
    headers,
  });
  return new Promise<{ status: number; protocol?: string }>((resolve, reject) => {
    socket.once("open", () => {
      const { protocol } = socket;
      socket.once("close", () => resolve({ status: 101, protocol })).close();
    });
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      resolve({ status: response.statusCode ?? 0 });
    });
    socket.once("error", reject);
  });
}

const good = await developmentToken("alice");
const bearer = { Authorization: `Bearer ${good}` };
const protocols = ["parley.v1", `parley.token.${good}`];
const refusal = { status: 401 };

describe("a handshake", () => {
  it.each<[string, Offer, string]>([
    ["in the query", { query: `?token=${good}` }, ""],
    ["as a bearer", { headers: bearer }, ""],
    [
      "as a bearer, whose case does not matter",
      { headers: { authorization: `bearer ${good}` } },
      "",
    ],
    ["among the subprotocols", { protocols }, "parley.v1"],
    [
      "in the query, offering parley.v1",
      { query: `?token=${good}`, protocols: ["parley.v1"] },
      "parley.v1",
    ],
  ])("takes a token %s, and selects parley.v1 when offered", async (_, offer, protocol) => {
    expect(await handshake(offer)).toEqual({ status: 101, protocol });
  });

  it.each<[string, Offer]>([
    ["no token", {}],
    ["an empty one", { query: "?token=" }],
    ["a token in the query and as a bearer", { query: `?token=${good}`, headers: bearer }],
    ["a token in the query and among the subprotocols", { query: `?token=${good}`, protocols }],
    ["a token as a bearer and among the subprotocols", { headers: bearer, protocols }],
    ["a token in all three places", { query: `?token=${good}`, headers: bearer, protocols }],
    ["an empty place beside a good one", { query: "?token=", headers: bearer }],
    ["two tokens in the query", { query: `?token=${good}&token=${good}` }],
    ["two tokens among the subprotocols", { protocols: [...protocols, "parley.token.x"] }],
    ["another kind of authorization", { headers: { authorization: `Basic ${good}` } }],
    ["a token among the subprotocols without parley.v1", { protocols: protocols.slice(1) }],
    ["parley.v1 behind the token", { protocols: protocols.toReversed() }],
  ])("is refused with 401 for %s", async (_, offer) => {
    expect(await handshake(offer)).toEqual(refusal);
  });
});

const exp = Math.floor(Date.now() / 1000) + 3600;
const claims = { sub: "alice", exp };
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(payload: object, header: { alg?: string } = { alg: "HS256" }, secret = ours) {
  const content = `${base64(header)}.${base64(payload)}`;
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

const [header, , signature] = signed(claims).split(".");

describe("a token", () => {
  it("signed here is good, so that the ones below are bad for one reason each", async () => {
    expect(await handshake({ query: `?token=${signed(claims)}` })).toMatchObject({ status: 101 });
  });

  it.each<[string, string]>([
    ["is expired", signed({ ...claims, exp: exp - 3601 })],
    ["is signed with another secret", signed(claims, { alg: "HS256" }, "x".repeat(43))],
    ["had its claims changed", `${header}.${base64({ ...claims, sub: "bob" })}.${signature}`],
  ])("that %s is refused with 401, by either API", async (_, token) => {
    expect(await handshake({ query: `?token=${token}` })).toEqual(refusal);
    expect(await refused("GET /gateway", { token })).toMatchObject({ code: "unauthorized" });
  });

  it("of 64 characters' user is good, and the welcome says whose and how long", async () => {
    const sub = "a".repeat(64);
    const user = await connect(sub, { token: signed({ ...claims, sub, name: " Al\u200bice " }) });
    const welcome = await user.request("welcome", { action: "hello" });
    expect(welcome).toMatchObject({ user: sub, name: "Alice", expiresAtMs: exp * 1000 });
  });
});

async function notifyOf(user: string) {
  const notice = { as: "server", scope: "notices:write", user, body: { data: 1 } };
  return (await call("POST /users/{user}/notices", notice)).body;
}

/**
 * Two connections that were served, the second also a notice, with tokens that end soon. A slow
 * machine may take longer than the tokens last, so they last twice as long each time.
 */
async function greetedWithShortTokens() {
  for (let ttlSeconds = 10; ; ttlSeconds *= 2) {
    const clients: Client[] = [];
    const endsAtMs = Date.now() + (ttlSeconds - 1) * 1000; // a token's end is in whole seconds
    try {
      for (const user of ["alice", "bob"]) clients.push(await open(fresh(user), { ttlSeconds }));
      const [sending, listening] = clients as [Client, Client];
      // A post may take too long too, and then nothing is delivered.
      while ((await notifyOf(listening.user)).delivered === 0) {
        if (Date.now() >= endsAtMs) throw new Error(`no notice came within ${ttlSeconds} s`);
      }
      await listening.next("notice");
      const welcomes = await Promise.all(
        clients.map((client) => client.request("welcome", { action: "hello" })),
      );
      for (const client of clients) onTestFinished(() => client[Symbol.asyncDispose]());
      const expiresAtMs = Math.max(...welcomes.map((welcome) => welcome.expiresAtMs));
      return { sending, listening, expiresAtMs };
    } catch (error) {
      for (const client of clients) client.terminate();
      if (Date.now() < endsAtMs || ttlSeconds >= 80) throw error;
    }
  }
}

describe("a token that expires", () => {
  it("ends its connection at the next frame or push, whichever comes first", async () => {
    const { sending, listening, expiresAtMs } = await greetedWithShortTokens();
    const notify = () => notifyOf(listening.user);
    const heard = listening.received("notice").length;
    while (Date.now() <= expiresAtMs) await delay(expiresAtMs - Date.now() + 1);

    sending.send({ action: "ping" });
    expect(await notify()).toEqual({ delivered: 0, gone: 1 });
    // Told once why, and closed also when that took too long.
    await Promise.all([sending.closed, listening.closed]);
    const why = { code: "token_expired", reconnect: true };
    for (const client of [sending, listening]) {
      for (const told of client.received("disconnect")) expect(told).toMatchObject(why);
      expect(client.received("disconnect").length).toBeLessThanOrEqual(1);
    }
    expect(sending.received("pong")).toEqual([]);
    expect(listening.received("notice")).toHaveLength(heard);
    expect(await notify()).toEqual({ delivered: 0, gone: 0 });
  });
});
