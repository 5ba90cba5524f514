/** Rooms that the program shows: said once, and again on every connection. */
import { describe, expect, it } from "vitest";
import { idle } from "./fakeClock.ts";
import { connected, refusal, scripted } from "./scripted.ts";

const view = (room: string) => ({ room, online: [{ user: "bob", connections: 1 }], reads: [] });
const focused = (...rooms: string[]) => ({ type: "focused", rooms: rooms.map(view) });
type Scripted = Awaited<ReturnType<typeof connected>>;
const roomsAsked = ({ allAsked }: Scripted) => allAsked("focus").map(({ rooms }) => rooms);
const told = ({ told: all }: Scripted, event: string) =>
  all.flatMap(([name, value]) => (name === event ? [value] : []));

describe("focus", () => {
  it("says what the program shows, and tells what it is like there", async () => {
    const here = await connected();
    here.client.focus(["general"]);
    await idle();
    await here.answer(here.asked("focus"), focused("general"));
    expect(roomsAsked(here)).toEqual([["general"]]);
    expect(told(here, "focused")).toMatchObject([focused("general")]);
  });

  it("is said again on the next connection, and tells anew", async () => {
    const here = await connected();
    here.client.focus(["general"]);
    await idle();
    await here.answer(here.asked("focus"), focused("general"));
    here.sockets.last().close();
    await here.clock.pass(1_000);
    await here.welcome();
    await idle();
    expect(roomsAsked(here)).toEqual([["general"]]);
    await here.answer(here.asked("focus"), focused("general"));
    expect(told(here, "focused")).toHaveLength(2);
  });

  it("waits for the first connection, and is said once", async () => {
    const here = scripted();
    here.client.focus(["general"]);
    here.client.connect();
    await idle();
    await here.welcome();
    await idle();
    await here.answer(here.asked("focus"), focused("general"));
    expect(told(here, "focused")).toHaveLength(1);
    expect(roomsAsked(here)).toEqual([["general"]]);
  });

  it("is made again on the next connection when its answer was lost", async () => {
    const here = await connected();
    here.client.focus(["general"]);
    await idle();
    here.sockets.last().close();
    await here.clock.pass(1_000);
    await here.welcome();
    await here.clock.pass(1_000);
    expect(roomsAsked(here)).toEqual([["general"]]);
    await here.answer(here.asked("focus"), focused("general"));
    expect(told(here, "focused")).toHaveLength(1);
  });

  it("sends one request at a time, the last one with what is shown then", async () => {
    const here = await connected();
    for (const room of ["a", "b", "c"]) here.client.focus([room]);
    await idle();
    expect(roomsAsked(here)).toEqual([["a"]]);
    await here.answer(here.asked("focus"), focused("a"));
    expect(roomsAsked(here)).toEqual([["a"], ["c"]]);
    await here.answer(here.asked("focus"), focused("c"));
    expect(told(here, "focused")).toMatchObject([focused("c")]);
  });

  it("is not said to a new connection once it was ended", async () => {
    const here = await connected();
    here.client.focus(["general"]);
    await idle();
    await here.answer(here.asked("focus"), focused("general"));
    here.client.focus([]);
    await idle();
    await here.answer(here.asked("focus"), focused());
    here.sockets.last().close();
    await here.clock.pass(1_000);
    await here.welcome();
    await idle();
    expect(roomsAsked(here)).toEqual([]);
  });

  it("reports what the service does not take", async () => {
    const here = await connected();
    here.client.focus(["general"]);
    await idle();
    await here.answer(here.asked("focus"), refusal("forbidden"));
    expect(told(here, "problem")).toMatchObject([{ error: { code: "forbidden" } }]);
  });
});
