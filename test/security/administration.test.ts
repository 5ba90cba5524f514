/**
 * The scope `rooms:admin`: which tokens have it, in every form of claim, at both doors; and what it
 * opens, in somebody else's private room.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, act, isAdminAt, here } = await attacked();

let alice: ConnectedCaller;
let room: string;
const admins = await signed({ sub: "server", scope: "rooms:admin" });
const strangers = await signed({ sub: "server" });

beforeEach(async () => {
  alice = await here.as("alice");
  const [made] = await ask(alice, { action: "create", visibility: "private" });
  room = String(made?.room);
  for (const user of ["bob", "carol"]) {
    await ask(alice, { action: "invite", room, user });
    await ask(await here.as(user), { action: "join", room });
  }
});

/** All that an owner may do, in an order in which each is possible. */
const ofOwners: [string, object][] = [
  ["members", {}],
  ["configure", { title: "ours" }],
  ["configure", { invites: "moderators" }],
  ["invite", { user: "dave" }],
  ["uninvite", { user: "dave" }],
  ["grant", { user: "bob", role: "moderator" }],
  ["mute", { user: "bob", forMs: 1_000 }],
  ["kick", { user: "bob" }],
  ["ban", { user: "carol", reason: "spam" }],
  ["bans", {}],
  ["unban", { user: "carol" }],
  ["close", {}],
  ["reopen", {}],
];
const ofMembers: [string, object][] = [
  ["send", { text: "hi" }],
  ["history", {}],
  ["read", { seq: 1 }],
  ["who", {}],
];

const resembling: [string, object][] = [
  ["no scope", {}],
  ["an empty scope", { scope: "" }],
  ["the other scope", { scope: "notices:write" }],
  ["the beginning of it", { scope: "rooms rooms:" }],
  ["more than it", { scope: "rooms:admin2 rooms:administrator xrooms:admin" }],
  ["capital letters", { scope: "ROOMS:ADMIN Rooms:Admin" }],
  ["a wildcard", { scope: "rooms:* *" }],
  ["a comma behind it", { scope: "rooms:admin,notices:write" }],
  ["a tab behind it", { scope: "rooms:admin\tnotices:write" }],
  ["more than it, in a list", { scp: ["rooms:admin2", "rooms:"] }],
  ["more than it, in scp as text", { scp: "rooms:admins" }],
  ["a list in a list", { scp: [["rooms:admin"]] }],
  ["an object", { scope: { "rooms:admin": true } }],
  ["it in a claim that counts for less", { permissions: [], scope: "rooms:admin" }],
  ["it in scope, beside another scp", { scp: ["notices:write"], scope: "rooms:admin" }],
  ["a claim of its own", { isAdmin: true, admin: true, role: "owner", roles: ["rooms:admin"] }],
];
const granting: [string, object][] = [
  ["scope, as text", { scope: "openid rooms:admin notices:write" }],
  ["scope, as a list", { scope: ["rooms:admin"] }],
  ["scp, as a list", { scp: ["openid", "rooms:admin"] }],
  ["scp, as text", { scp: "rooms:admin" }],
  ["permissions", { permissions: ["rooms:admin"], scope: "openid" }],
];

describe("a token", () => {
  it.each(resembling)("leads no room with %s, at either door", async (_what, claims) => {
    const token = await signed({ sub: "server", ...claims });
    expect(await isAdminAt({ queryStringParameters: { token } })).toBe(false);
    for (const [action, fields] of ofOwners) {
      expect(await act(action, { room, ...fields }, token)).toMatchObject({
        status: 403,
        body: { error: { code: "not_member" } },
      });
    }
  });

  it.each(
    granting,
  )("leads every room with the scope in %s, at both doors", async (_what, claims) => {
    const token = await signed({ sub: "server", ...claims });
    expect(await isAdminAt({ queryStringParameters: { token } })).toBe(true);
    expect(await act("members", { room }, token)).toMatchObject({ status: 200 });
  });

  it("with the scope may do all that an owner may, over HTTP", async () => {
    for (const [action, fields] of ofOwners) {
      const { status } = await act(action, { room, ...fields }, admins);
      expect({ action, status }).toEqual({ action, status: 200 });
    }
  });

  it("with the scope may do all that an owner may, over a socket", async () => {
    const server = { ...(await here.as("server")), isAdmin: true };
    for (const [action, fields] of ofOwners) {
      const codes = codesOf(await ask(server, { action, room, ...fields }));
      expect({ action, codes }).not.toMatchObject({ codes: ["not_member"] });
      expect({ action, codes }).not.toMatchObject({ codes: ["forbidden"] });
    }
  });

  it("is not made one of the operator's by a field, nor by the way it comes", async () => {
    const server = await here.as("server");
    expect(codesOf(await ask(server, { action: "members", room }))).toEqual(["not_member"]);
    for (const field of ["isAdmin", "scope", "scopes"]) {
      const fields = { room, [field]: field === "isAdmin" ? true : "rooms:admin" };
      expect(await act("members", fields, strangers)).toMatchObject({ status: 400 });
      expect(codesOf(await ask(server, { action: "members", ...fields }))).toEqual(["bad_request"]);
    }
  });
});

describe("the operator's server", () => {
  it("reads and writes in a room only once it has joined, where all can see it", async () => {
    const code = "not_member";
    await ask(alice, { action: "send", room, text: "hello" });
    const last = await act("history", { room, limit: 1 }, await signed({ sub: "alice" }));
    const { seq } = last.body.events[0];
    const ofMessages: typeof ofMembers = [
      ["react", { seq, emoji: "👍", on: true }],
      ["edit", { seq, text: "bye" }],
    ];
    for (const [action, fields] of [...ofMembers, ...ofMessages]) {
      const answer = await act(action, { room, ...fields }, admins);
      expect({ action, ...answer }).toMatchObject({ status: 403, body: { error: { code } } });
    }
    expect(await act("join", { room }, admins)).toMatchObject({ status: 200 });
    for (const [action, fields] of ofMembers) {
      expect((await act(action, { room, ...fields }, admins)).body).not.toHaveProperty("error");
    }
    const { body } = await act("members", { room }, admins);
    expect(body["members"]).toContainEqual({ user: "server", role: "member" });
  });

  it("joins a room that is closed, or that it was banned from, as an owner may", async () => {
    await ask(alice, { action: "ban", room, user: "server" });
    await ask(alice, { action: "close", room });
    expect(await act("join", { room }, admins)).toMatchObject({ status: 200 });
  });

  it("acts on no owner, but may have one step down while there is another", async () => {
    const forbidden = { status: 403, body: { error: { code: "forbidden" } } };
    for (const [action, fields] of [
      ["kick", {}],
      ["ban", {}],
      ["mute", { forMs: 1 }],
    ] as const) {
      expect(await act(action, { room, user: "alice", ...fields }, admins)).toMatchObject(
        forbidden,
      );
    }
    const down = { room, user: "alice", role: "member" };
    expect(await act("grant", down, admins)).toMatchObject({
      body: { error: { code: "last_owner" } },
    });
    await act("grant", { room, user: "bob", role: "owner" }, admins);
    expect(await act("grant", down, admins)).toMatchObject({ status: 200 });
    expect(await act("kick", { room, user: "alice" }, admins)).toMatchObject({ status: 200 });
  });

  it("adds nobody who does not come in themself", async () => {
    await act("invite", { room, user: "dave" }, admins);
    expect(JSON.stringify((await act("members", { room }, admins)).body)).not.toContain("dave");
    await ask(await here.as("dave"), { action: "join", room });
    expect(JSON.stringify((await act("members", { room }, admins)).body)).toContain("dave");
  });

  it("has no right in a direct room", async () => {
    await ask(alice, { action: "send", to: "bob", text: "for bob" });
    for (const [action, fields] of [...ofOwners, ...ofMembers, ["join", {}] as const]) {
      const answer = await act(action, { room: "dm:alice:bob", ...fields }, admins);
      expect(answer).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    }
  });

  it("learns no more of a private room that there is not than others do", async () => {
    const room = `p-${"a".repeat(22)}`;
    for (const [action, fields] of [...ofOwners, ...ofMembers, ["join", {}] as const]) {
      const answer = await act(action, { room, ...fields }, admins);
      expect(answer).toEqual(await act(action, { room, ...fields }, strangers));
      expect(answer).toMatchObject({ status: 403, body: { error: { code: "not_member" } } });
    }
  });
});
