/**
 * Whatever is wrong with a frame: it gets exactly one error, of the right code and with its `id`
 * where there is one to see; the connection goes on; and nothing has changed.
 *
 * One connection takes all of it, one frame after the other, so that a second answer to an earlier
 * frame would be found out too.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { type Client, connect, open } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { gateway } from "../support/gatewayTraits.ts";
import { logOf, pushedTo } from "../support/room.ts";

const room = fresh("room");
const [user, friend] = [fresh("alice"), fresh("bob")];
let alice: Client;
let bob: Client;
let before: unknown;

beforeAll(async () => {
  alice = await open(user);
  bob = await open(friend);
  for (const client of [alice, bob]) await client.request("joined", { action: "join", room });
  await alice.request("ack", { action: "send", room, text: "the only one", cid: "taken" });
  await bob.next("events");
  before = await stateOf(alice);
});

afterAll(async () => {
  expect(await stateOf(alice)).toEqual(before);
  expect(await logOf(directRoom(user, friend), alice)).toEqual([]);
  await Promise.all([alice.settled(), bob.settled()]);
  expect(pushedTo(bob)).toHaveLength(1);
  expect(bob.received("error")).toEqual([]);
  expect(alice.received("error")).toHaveLength(frames);
  await alice[Symbol.asyncDispose]();
  await bob[Symbol.asyncDispose]();
});

async function stateOf(client: Client) {
  const { rooms } = await client.request("welcome", { action: "hello" });
  return { rooms, log: await logOf(room, client) };
}

let frames = 0;

/** Send a frame; what came of it until the connection answered a ping. */
async function errorTo(frame: string | Buffer) {
  frames += 1;
  const { length } = alice.frames;
  alice.send(frame);
  const error = await alice.next("error");
  await alice.settled();
  expect(alice.frames.slice(length).filter(({ type }) => type !== "pong")).toEqual([error]);
  return error;
}

describe("what is no request", () => {
  it.each<[string, string | Buffer, ErrorCode, string?]>([
    ["an empty frame", "", "bad_request"],
    ["blanks", " \n", "bad_request"],
    ["no JSON", "hello", "bad_request"],
    ["half a JSON", '{"action":"ping"', "bad_request"],
    ["a byte order mark", '\ufeff{"action":"ping"}', "bad_request"],
    ["null", "null", "bad_request"],
    ["a number", "1", "bad_request"],
    ["a string", '"ping"', "bad_request"],
    ["an array", '[{"action":"ping"}]', "bad_request"],
    ["an empty object", "{}", "bad_request"],
    ["no action", '{"id":"x"}', "bad_request", "x"],
    ["an action by inheritance", '{"__proto__":{"action":"ping"},"id":"x"}', "bad_request", "x"],
    ["a null action", '{"action":null,"id":"x"}', "bad_request", "x"],
    ["a number as action", '{"action":1,"id":"x"}', "bad_request", "x"],
    ["an object as action", '{"action":{"action":"ping"},"id":"x"}', "bad_request", "x"],
    ["an array as action", '{"action":["ping"],"id":"x"}', "bad_request", "x"],
    ["an unknown action", '{"action":"sned","id":"x"}', "unknown_action", "x"],
    ["an action in capitals", '{"action":"PING","id":"x"}', "unknown_action", "x"],
    ["__proto__", '{"action":"__proto__","id":"x"}', "unknown_action", "x"],
    ["constructor", '{"action":"constructor","id":"x"}', "unknown_action", "x"],
    ["$connect", '{"action":"$connect","id":"x"}', "unknown_action", "x"],
    ["$disconnect", '{"action":"$disconnect","id":"x"}', "unknown_action", "x"],
    ["$default", '{"action":"$default","id":"x"}', "unknown_action", "x"],
    ["an empty action", '{"action":"","id":"x"}', "unknown_action", "x"],
  ])("%s is answered with its error", async (_, frame, code, id) => {
    const error = await errorTo(frame);
    expect([error.code, error.id]).toEqual([code, id]);
  });

  it.skipIf(gateway.cutsAtLimits)("binary is answered with its error", async () => {
    expect((await errorTo(Buffer.from('{"action":"ping"}'))).code).toBe("bad_request");
  });

  it.each([
    undefined,
    null,
    1,
    "",
    "a b",
    "é",
    "a".repeat(65),
    ["x"],
    {},
  ])("an id such as %j is refused, and not repeated", async (id) => {
    const frame = { action: "ping", id, ...(id === undefined && { iD: "x" }) };
    const error = await errorTo(JSON.stringify(frame));
    expect([error.code, error.id]).toEqual(["bad_request", undefined]);
  });
});

const aDirectRoom = directRoom(user, friend);
const swapped = `dm:${[user, friend].toSorted().toReversed().join(":")}`;
const beyond = Number.MAX_SAFE_INTEGER;

describe("a request", () => {
  it.each<[object, RegExp, ErrorCode?]>([
    // Fields that there are not; the message names them.
    [{ action: "ping", text: "hi" }, /unknown field text/],
    [{ action: "send", room, text: "hi", from: friend }, /unknown field from/],
    [{ action: "send", room, text: "hi", user: friend, name: "Bob" }, /unknown field user, name/],
    [{ action: "send", rom: room, text: "hi" }, /unknown field rom/],
    [{ action: "ping", constructor: 1 }, /unknown field constructor/],
    [JSON.parse('{"action":"ping","__proto__":1}'), /unknown field __proto__/],
    [{ action: "ping", "\u001b[31m": 1 }, /unknown field \?\[31m/],
    // Fields that are missing, too many, or of the wrong type.
    [{ action: "join" }, /room is missing/],
    [{ action: "join", room: null }, /room must be/],
    [{ action: "send", room }, /text is missing/],
    [{ action: "send", room, text: 5 }, /text must be a string/],
    [{ action: "send", text: "hi" }, /room or to/],
    [{ action: "send", room, to: friend, text: "hi" }, /not both/],
    [{ action: "send", room, text: "hi", cid: "a b" }, /cid/],
    [{ action: "sync" }, /rooms/],
    [{ action: "sync", rooms: [room] }, /rooms must be an object/],
    [{ action: "sync", rooms: {} }, /at least one/],
    [{ action: "sync", rooms: roomsCalled(51) }, /at most 50/],
    [{ action: "sync", rooms: JSON.parse('{"__proto__":1}') }, /rooms/],
    [{ action: "sync", rooms: { [room]: "0" } }, /must be a number/],
    [{ action: "history", room, before: 5, after: 1 }, /not both/],
    [{ action: "read", room }, /seq is missing/],
    [{ action: "typing", room, on: "yes" }, /on must be true or false/],
    [{ action: "focus" }, /rooms is missing/],
    [{ action: "focus", rooms: room }, /rooms must be/],
    [{ action: "focus", rooms: { [room]: 0 } }, /rooms must be/],
    [{ action: "focus", rooms: [room, 1] }, /rooms\.1 must be a string/],
    [{ action: "focus", rooms: [room, room] }, /each room once/],
    [{ action: "focus", rooms: ["a", "b", "c", "d", "e"] }, /at most 4/],
    [{ action: "focus", rooms: ["General"] }, /rooms\.0 must be a room: /],
    [{ action: "hello", after: 1 }, /after must be a string/],
    // Names outside the grammar.
    [{ action: "join", room: "General" }, /must be a room/],
    [{ action: "join", room: `${room}\n` }, /must be a room/],
    [{ action: "join", room: "a".repeat(65) }, /must be a room/],
    [{ action: "join", room: "-a" }, /must be a room/],
    [{ action: "join", room: "a#b" }, /must be a room/],
    [{ action: "send", room: `${aDirectRoom}:c`, text: "hi" }, /must be a room/],
    [{ action: "send", room: swapped, text: "hi" }, /code-unit order/],
    [{ action: "send", to: "a\n", text: "hi" }, /to must be a user: 1–255 printable ASCII/],
    [{ action: "send", to: "", text: "hi" }, /to must be a user: /],
    [{ action: "send", to: ":".repeat(255), text: "hi" }, /to must have at most 500 characters/],
    [{ action: "sync", rooms: { General: 0 } }, /rooms\.General must be a room: /],
    [{ action: "hello", after: "General" }, /after must be a room: /],
    // Texts.
    [{ action: "send", room, text: "" }, /blank/],
    [{ action: "send", room, text: " \n\t\u00a0\u2003" }, /blank/],
    [{ action: "send", room, text: "😀".repeat(4_001) }, /at most 4000 characters/],
    [{ action: "send", room, text: "lone \ud800" }, /well-formed/],
    [{ action: "send", room, text: "\udc00 lone" }, /well-formed/],
    [{ action: "send", room, text: "nul \0" }, /NUL/],
    [{ action: "send", room, text: "another", cid: "taken" }, /another message/],
    // Numbers.
    [{ action: "sync", rooms: { [room]: -1 } }, /must not be negative/],
    [{ action: "sync", rooms: { [room]: 0.5 } }, /whole number/],
    [{ action: "sync", rooms: { [room]: 2 ** 53 } }, /safe whole number/],
    [{ action: "history", room, limit: 0 }, /at least 1/],
    [{ action: "history", room, limit: 101 }, /at most 100/],
    [{ action: "history", room, before: 0 }, /at least 1/],
    [{ action: "history", room, after: -1 }, /must not be negative/],
    [{ action: "read", room, seq: -1 }, /must not be negative/],
    [{ action: "read", room, seq: 1.5 }, /whole number/],
    [{ action: "send", room, text: "hi", after: 1e21 }, /after must be/],
    // Cursors beyond the head.
    [{ action: "history", room, after: 2 }, /beyond the head/],
    [{ action: "history", room, after: beyond }, /beyond the head/],
    [{ action: "read", room, seq: 2 }, /beyond the head/],
    [{ action: "read", room, seq: beyond }, /beyond the head/],
    [{ action: "send", room, text: "hi", after: 2 }, /beyond the head/],
    [{ action: "send", room, text: "hi", after: beyond }, /beyond the head/],
    // Rooms of others, and what a direct room is not.
    [{ action: "send", room: directRoom("x", "y"), text: "hi" }, /two others/, "forbidden"],
    [{ action: "join", room: aDirectRoom }, /direct room/, "forbidden"],
    [{ action: "leave", room: aDirectRoom }, /direct room/, "forbidden"],
    [{ action: "send", room: "nowhere", text: "hi" }, /join the room first/, "not_member"],
  ])("%j is refused, saying why", async (frame, why, code = "bad_request") => {
    const error = await errorTo(JSON.stringify({ ...frame, id: "x" }));
    expect([error.code, error.id]).toEqual([code, "x"]);
    expect(error.message).toMatch(why);
  });

  it.each([
    2,
    beyond,
  ])("a sync from %i, beyond the head, is refused for its room", async (cursor) => {
    const frame = { action: "sync", rooms: { [room]: cursor } } as const;
    const { rooms } = await alice.request("sync", frame);
    const error = { code: "bad_request", message: expect.stringContaining("beyond the head") };
    expect(rooms).toEqual([{ room, error: expect.objectContaining(error) }]);
  });

  it("with a number too huge for JSON's readers is refused", async () => {
    const error = await errorTo(`{"action":"read","room":"${room}","seq":1e400,"id":"x"}`);
    expect([error.code, error.id]).toEqual(["bad_request", "x"]);
  });

  it("nested ten thousand deep is refused", async () => {
    const deep = "[".repeat(10_000) + "]".repeat(10_000);
    for (const field of ["action", "rooms", "text"]) {
      const rest = field === "action" ? "" : '"action":"sync",';
      const error = await errorTo(`{${rest}"${field}":${deep},"id":"x"}`);
      expect([error.code, error.id]).toEqual(["bad_request", "x"]);
    }
  });
});

function roomsCalled(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`room-${i}`, 0]));
}

describe("a frame of 32 KiB", () => {
  const padded = (bytes: number, frame: object) => JSON.stringify(frame).padEnd(bytes);

  it("is read, and one byte more is refused, with its id", async () => {
    alice.send(padded(limits.frameBytes, { action: "ping", id: "fits" }));
    expect(await alice.next("pong", ({ id }) => id === "fits")).toMatchObject({ type: "pong" });
    for (const action of ["ping", "send"]) {
      const error = await errorTo(padded(limits.frameBytes + 1, { action, id: "x" }));
      expect([error.code, error.id]).toEqual(["too_large", "x"]);
    }
  });

  it("is counted in bytes, not in characters", async () => {
    const text = "é".repeat(limits.frameBytes / 2);
    const error = await errorTo(JSON.stringify({ action: "send", id: "x", room, text }));
    expect([error.code, error.id]).toEqual(["too_large", "x"]);
  });

  it.skipIf(gateway.cutsAtLimits)("is refused above 128 KiB with no look at its id", async () => {
    const error = await errorTo(padded(limits.messageBytes + 1, { action: "ping", id: "x" }));
    expect([error.code, error.id]).toEqual(["too_large", undefined]);
  });
});

it("none of it harms anybody who connects later", async () => {
  const carol = await connect(fresh("carol"));
  await carol.request("joined", { action: "join", room });
  expect(await logOf(room, carol)).toHaveLength(1);
});
