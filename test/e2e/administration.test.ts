/** A room that a server of the operator's makes and leads over HTTP, with its users on sockets. */
import { expect, it } from "vitest";
import { connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { act, refused } from "../support/http.ts";
import { hears } from "../support/room.ts";

const actionRoute = "POST /actions/{action}";

it("is made, led and closed over HTTP, while its members talk over sockets", async () => {
  const [alice, bob] = [await connect(fresh("alice")), await connect(fresh("bob"))];
  const maker = { as: fresh("maker"), scope: "rooms:admin" };
  const { status, reply } = await act("create", {
    ...{ ...maker, visibility: "private", title: "plans", invite: [alice.user, bob.user] },
  });
  const { room } = reply;
  expect(status).toBe(201);
  for (const one of [alice, bob]) {
    expect(await one.next("invited")).toMatchObject({ room, by: maker.as, title: "plans" });
    await one.request("joined", { action: "join", room });
  }
  expect((await act("send", { ...maker, room, text: "welcome" })).status).toBe(201);
  await Promise.all([alice, bob].map((one) => hears(one, "welcome")));

  // Another server leads the room without being in it, and is not let in to read.
  const server = { as: fresh("server"), scope: "rooms:admin" };
  await act("mute", { ...server, room, user: bob.user, forMs: 60_000 });
  const asked = { action: "send", room, text: "quiet?" } as const;
  expect(await bob.request("error", asked)).toMatchObject({ code: "muted" });
  const unread = { action: "history", ...server, body: { room } };
  expect(await refused(actionRoute, unread)).toMatchObject({ code: "not_member" });
  const plain = { action: "kick", as: server.as, body: { room, user: bob.user } };
  expect(await refused(actionRoute, plain)).toMatchObject({ code: "not_member" });

  await act("kick", { ...server, room, user: bob.user, reason: "spam" });
  expect(await bob.next("left")).toMatchObject({ room, by: server.as, reason: "spam" });
  expect((await act("members", { ...server, room })).reply.members).toEqual([
    { user: alice.user, role: "member" },
    { user: maker.as, role: "owner" },
  ]);
});

it("finds an action by its path alone", async () => {
  const as = fresh("alice");
  for (const action of ["dance", "sync", "constructor"]) {
    expect(await refused(actionRoute, { as, action, body: {} })).toMatchObject({
      code: "unknown_action",
    });
  }
  expect((await act("hello", { as })).reply.rooms).toEqual([]);
  expect(await refused(actionRoute, { action: "hello", body: {} })).toMatchObject({
    code: "unauthorized",
  });
});
