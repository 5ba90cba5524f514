/** Names of public rooms that the operator keeps for itself. */
import { describe, expect, it } from "vitest";
import { parseReservedNames } from "../../lib/protocol/reservedNames.ts";
import { ask, codeOf } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";

describe("RESERVED_ROOMS", () => {
  it.each([
    [undefined, ["general", "official-news"], []],
    ["", ["general"], []],
    ["support, official-*", ["supports", "official", "general"], ["support", "official-news"]],
    ["*", [], ["general", "official-news"]],
  ])("%s reserves the names that it lists, and those that begin so", (setting, free, reserved) => {
    const isReserved = parseReservedNames(setting);
    expect(free.map(isReserved)).toEqual(free.map(() => false));
    expect(reserved.map(isReserved)).toEqual(reserved.map(() => true));
  });

  it.each([
    "Support",
    "a,,b",
    "a*b",
    "**",
    "-a",
    "dm:alice:bob",
    "x".repeat(65),
  ])("is refused by its name: %s", (setting) => {
    expect(() => parseReservedNames(setting)).toThrow(/^RESERVED_ROOMS must be/);
  });
});

describe("a reserved name", () => {
  const reserving = async () => {
    const here = world();
    here.ports.isReserved = parseReservedNames("official-*");
    return { here, alice: await here.as("alice"), server: await here.as("server") };
  };
  const room = "official-news";

  it("is forbidden to those who would make its room, by create or by join", async () => {
    const { here, alice } = await reserving();
    const made = await ask(here, alice, "create", { visibility: "public", room });
    expect(made).toMatchObject({ type: "error", code: "forbidden" });
    expect(codeOf(await ask(here, alice, "join", { room }))).toBe("forbidden");
    expect(await here.ports.memberships.find("alice", room)).toBeUndefined();
    expect(codeOf(await ask(here, alice, "send", { room, text: "hi" }))).toBe("not_member");
  });

  it("is given to a room by the operator's servers, which everybody then joins", async () => {
    const { here, alice, server } = await reserving();
    const fields = { visibility: "public", room };
    expect(codeOf(await ask(here, server, "create", fields, true))).toBe("created");
    expect(codeOf(await ask(here, alice, "join", { room }))).toBe("joined");
  });

  it("is kept by a room that has an event, and by its members", async () => {
    const { here, alice, server } = await reserving();
    here.ports.isReserved = () => false;
    await ask(here, alice, "join", { room });
    here.ports.isReserved = () => true;
    expect(codeOf(await ask(here, alice, "join", { room }))).toBe("joined");
    expect(codeOf(await ask(here, server, "join", { room }))).toBe("forbidden");
    await ask(here, alice, "send", { room, text: "hi" });
    expect(codeOf(await ask(here, server, "join", { room }))).toBe("joined");
  });

  it("takes nothing from private rooms, whose names the service makes", async () => {
    const { here, alice } = await reserving();
    here.ports.isReserved = parseReservedNames("*");
    expect(codeOf(await ask(here, alice, "create", { visibility: "private" }))).toBe("created");
  });
});
