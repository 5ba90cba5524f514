/** What people do about each other: blocks, reports, and rooms that they list for others. */
import { expect, it } from "vitest";
import { connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { act } from "../support/http.ts";
import { hears, logOf } from "../support/room.ts";

it("keeps a blocked user's messages, invitations and mentions away, until it ends", async () => {
  const [alice, mallory] = [await connect(fresh("alice")), await connect(fresh("mallory"))];
  const tablet = await connect(alice.user);
  const block = { action: "block", user: mallory.user } as const;
  const blocked = await alice.request("blocked", { ...block, on: true });
  expect(blocked).toMatchObject({ user: mallory.user, on: true });
  expect(await tablet.next("blocked")).toMatchObject({ user: mallory.user, on: true });
  const { blocks } = await tablet.request("blocks", { action: "blocks" });
  expect(blocks).toEqual([{ user: mallory.user }]);

  const write = { action: "send", to: alice.user, text: "hello?" } as const;
  expect(await mallory.request("error", write)).toMatchObject({ code: "forbidden" });
  const { room } = await mallory.request("created", { action: "create", visibility: "private" });
  const invite = { action: "invite", room, user: alice.user } as const;
  expect(await mallory.request("error", invite)).toMatchObject({ code: "forbidden" });

  await alice.request("blocked", { ...block, on: false });
  await mallory.request("ack", write);
  expect(await hears(alice, "hello?")).toMatchObject({ from: mallory.user });
});

it("shows a reported message to who leads the room, also when it is deleted", async () => {
  const [owner, carol] = [await connect(fresh("owner")), await connect(fresh("carol"))];
  const create = { action: "create", visibility: "private", invite: [carol.user] } as const;
  const { room } = await owner.request("created", create);
  await carol.request("joined", { action: "join", room });
  const { seq } = await owner.request("ack", { action: "send", room, text: "buy pills" });
  const reported = { type: "reported", room, seq };
  const report = { action: "report", room, seq, reason: "spam" } as const;
  for (let twice = 0; twice < 2; twice += 1) {
    expect(await carol.request("reported", report)).toMatchObject(reported);
  }
  await owner.request("deleted", { action: "delete", room, seq });
  const asked = { action: "reports", room } as const;
  const { reports } = await owner.request("reports", asked);
  expect(reports).toMatchObject([{ by: carol.user, reason: "spam", event: { text: "buy pills" } }]);
  expect(await carol.request("error", asked)).toMatchObject({ code: "forbidden" });
});

it("lists in the directory the rooms whose owners want that, with their titles", async () => {
  const owner = await connect(fresh("owner"));
  const room = fresh("listed");
  const title = "For everybody";
  await owner.request("created", { action: "create", visibility: "public", room, title });
  await owner.request("configured", { action: "configure", room, listed: true });
  const listed = async () => {
    const ahead = room.slice(0, -1); // others' rooms may fill more than a page
    const { reply } = await act("directory", { as: fresh("guest"), after: ahead });
    return reply.rooms.find((one) => one.room === room);
  };
  expect(await listed()).toEqual({ room, title });
  await owner.request("closed", { action: "close", room });
  expect(await listed()).toEqual({ room, title, closed: true });
  await owner.request("configured", { action: "configure", room, listed: false });
  expect(await listed()).toBeUndefined();
  expect((await logOf(room, owner)).map(({ kind }) => kind)).toEqual(["room", "room", "room"]);
});
