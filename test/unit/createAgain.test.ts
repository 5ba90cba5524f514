/** A private room that is asked for again, because the answer was lost or the request killed. */
import { describe, expect, it } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import { privateRoomPattern } from "../../lib/protocol/names.ts";
import { newPrivateRoom } from "../../lib/runtime.ts";
import { ask, codeOf, type Fields } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";

async function people() {
  const here = world();
  const [alice, bob] = [await here.as("alice"), await here.as("bob")];
  const create = (who: ConnectedCaller, fields: Fields = {}) =>
    ask(here, who, "create", { visibility: "private", title: "plans", cid: "c-1", ...fields });
  return { here, alice, bob, create };
}

describe("create with a cid", () => {
  it("makes one room, however often it is sent", async () => {
    const { here, alice, bob, create } = await people();
    const first = await create(alice);
    expect(first).toMatchObject({ type: "created", seq: 0, rev: 1 });
    const room = String(first["room"]);
    expect(room).toMatch(privateRoomPattern);
    await ask(here, alice, "send", { room, text: "hi" });
    await ask(here, alice, "configure", { room, title: "other plans" });
    const again = await create(alice, { invite: ["bob"] });
    expect(again).toEqual({
      ...{ type: "created", room, title: "other plans", visibility: "private", role: "owner" },
      ...{ seq: 2, n: 1, rev: 2, duplicate: true },
    });
    const { rooms } = await ask(here, alice, "hello");
    expect(rooms).toHaveLength(1);
    expect(await ask(here, bob, "hello")).toMatchObject({ invitations: [{ room, by: "alice" }] });
  });

  it("makes another room for another cid, and for another user", async () => {
    const { alice, bob, create } = await people();
    const made = [
      await create(alice),
      await create(alice, { cid: "c-2" }),
      await create(bob),
      await create(alice, { cid: undefined }),
    ];
    expect(new Set(made.map(({ room }) => room)).size).toBe(4);
  });

  it("lets the retry do what a killed request left undone", async () => {
    const { here, alice, bob, create } = await people();
    const { change } = here.ports.memberships;
    here.ports.memberships.change = async () => {
      throw new Error("killed");
    };
    await expect(create(alice, { invite: ["bob"] })).rejects.toThrow("killed");
    here.ports.memberships.change = change;
    const { room } = await create(alice, { invite: ["bob"] });
    expect(codeOf(await ask(here, alice, "send", { room, text: "hi" }))).toBe("ack");
    expect(codeOf(await ask(here, bob, "join", { room }))).toBe("joined");
  });

  it("is refused to somebody who is no owner of that room any more", async () => {
    const { here, alice, bob, create } = await people();
    const { room } = await create(alice, { invite: ["bob"] });
    await ask(here, bob, "join", { room });
    await ask(here, alice, "grant", { room, user: "bob", role: "owner" });
    await ask(here, bob, "grant", { room, user: "bob", role: "owner" });
    await ask(here, alice, "leave", { room });
    expect(codeOf(await create(alice))).toBe("conflict");
    expect(codeOf(await ask(here, alice, "send", { room, text: "hi" }))).toBe("not_member");
  });

  it("counts against the rooms of an hour once", async () => {
    const { here, alice, create } = await people();
    const asked: string[] = [];
    here.ports.allowance = async (_user, deed) => {
      asked.push(deed);
      return 0;
    };
    for (let n = 0; n < 3; n += 1) await create(alice);
    expect(asked.filter((deed) => deed === "rooms")).toHaveLength(1);
  });
});

it("names a room after a request by 130 bits that only that request has", () => {
  const request = { user: "alice", cid: "c-1" };
  const name = newPrivateRoom(request);
  expect(name).toMatch(/^p-[a-z2-7]{26}$/);
  expect(newPrivateRoom({ ...request })).toBe(name);
  const others = [
    { user: "alice", cid: "c-2" },
    { user: "alicec", cid: "-1" },
    { user: "bob", cid: "c-1" },
  ].map(newPrivateRoom);
  expect(new Set([name, ...others]).size).toBe(4);
  expect(newPrivateRoom()).toMatch(/^p-[a-z2-7]{22}$/);
});
