/** What every store of rooms promises. Each test has a room of its own. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { openRoom, type RoomChange } from "../../lib/model.ts";
import { logEvent } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

const everything: Omit<RoomChange, "fromRev" | "mark"> = {
  visibility: "private",
  title: "Plans “für” 2027",
  topic: "what next?",
  owners: ["alice", "bob"],
  invites: "moderators",
  history: "since_join",
  slowModeMs: 5_000,
  listed: true,
  closed: true,
  pins: [7, 3],
};

describeStores("the rooms", (stores) => {
  const newRoom = () => `room-${randomUUID()}`;
  const first: RoomChange = { fromRev: 0, mark: "mark-0", owners: ["alice"] };

  it("says of a room that nobody set anything of that it is open to everybody", async () => {
    const { rooms, log } = stores();
    const room = newRoom();
    await log.put(room, logEvent(1));
    await log.setDelivery(room, "stream");
    expect(await rooms.find(room)).toEqual(openRoom);
    expect((await log.tail(room, 10)).room).toEqual(openRoom);
  });

  it("keeps all that is set, and gives it with the tail of the log", async () => {
    const { rooms, log } = stores();
    const room = newRoom();
    expect(await rooms.change(room, { fromRev: 0, mark: "mark-0", ...everything })).toBe(true);
    expect(await rooms.find(room)).toEqual({ ...everything, rev: 1 });
    await log.put(room, logEvent(1));
    expect(await log.tail(room, 10)).toEqual({
      events: [logEvent(1)],
      delivery: "direct",
      room: { ...everything, rev: 1 },
    });
    expect((await log.tail(room, 1)).events).toHaveLength(1);
    expect(await log.list(room, { limit: 10, order: "newest first" })).toEqual([logEvent(1)]);
  });

  it("changes only what a change names", async () => {
    const { rooms } = stores();
    const room = newRoom();
    await rooms.change(room, { fromRev: 0, mark: "mark-0", ...everything });
    expect(await rooms.change(room, { fromRev: 1, mark: "mark-1", closed: false })).toBe(true);
    expect(await rooms.find(room)).toEqual({ ...everything, closed: false, rev: 2 });
  });

  it("leaves the way of delivery alone, which changes nothing of the room either", async () => {
    const { rooms, log } = stores();
    const room = newRoom();
    await log.setDelivery(room, "stream");
    expect(await rooms.change(room, first)).toBe(true);
    expect((await log.tail(room, 1)).delivery).toBe("stream");
    await log.setDelivery(room, "direct");
    expect(await rooms.find(room)).toEqual({ ...openRoom, rev: 1, owners: ["alice"] });
  });

  it("changes nothing when somebody else changed the room since", async () => {
    const { rooms } = stores();
    const room = newRoom();
    await rooms.change(room, first);
    for (const fromRev of [0, 2]) {
      const late = { fromRev, mark: "mark-late", owners: ["late"] };
      expect(await rooms.change(room, late)).toBe(false);
    }
    expect((await rooms.find(room)).owners).toEqual(["alice"]);
  });

  it("is told that it changed, however often it asks for the same change", async () => {
    const { rooms } = stores();
    const room = newRoom();
    expect(await rooms.change(room, first)).toBe(true);
    expect(await rooms.change(room, first)).toBe(true);
    expect((await rooms.find(room)).rev).toBe(1);
  });

  it("lists the rooms that are listed, by name and page by page, as they are", async () => {
    const { rooms, log } = stores();
    const part = randomUUID();
    const names = ["a", "b", "c"].map((letter) => `listed-${part}-${letter}`);
    const [first = "", second = "", third = ""] = names;
    for (const room of names) {
      await rooms.change(room, { fromRev: 0, mark: "mark-0", listed: true, title: room });
    }
    await rooms.change(newRoom(), { fromRev: 0, mark: "mark-0", title: "not listed" });
    await log.setDelivery(third, "stream");
    await rooms.change(second, { fromRev: 1, mark: "mark-1", title: "new" });
    const page = await rooms.listDirectory(`listed-${part}`, 2);
    expect(page.rooms.map(({ room, item }) => [room, item.title])).toEqual([
      [first, first],
      [second, "new"],
    ]);
    expect(page.more).toBe(true);
    await rooms.change(third, { fromRev: 1, mark: "mark-1", listed: false });
    const { rooms: behind } = await rooms.listDirectory(second, 10);
    expect(behind.map(({ room }) => room)).not.toContain(third);
    expect((await rooms.find(third)).listed).toBe(false);
  });

  it("lets exactly one of many racing changes through", async () => {
    const { rooms } = stores();
    const room = newRoom();
    const racers = Array.from({ length: 20 }, (_, n) => ({
      fromRev: 0,
      mark: `mark-${n}`,
      owners: [`u${n}`],
    }));
    const won = await Promise.all(racers.map((change) => rooms.change(room, change)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await rooms.find(room)).owners).toEqual([`u${won.indexOf(true)}`]);
  });
});
