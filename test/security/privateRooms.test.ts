/**
 * A private room is not told from one that does not exist, by nobody who is outside: whole answers
 * are compared, of every action and HTTP path, and what an action reads before it refuses.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import { actions } from "../../lib/protocol/actions.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, askHttp, act, here } = await attacked();

type Fields = Readonly<Record<string, unknown>>;

const nowhere = `p-${"z".repeat(22)}`;
const mallorys = await signed({ sub: "mallory" });
let alice: ConnectedCaller;
let room: string;

beforeEach(async () => {
  alice = await here.as("alice"); // one connection hears only so many rooms
  const [made] = await ask(alice, { action: "create", visibility: "private", title: "plans" });
  room = String(made?.room);
  here.pass(60_000);
  await ask(alice, { action: "send", room, text: "for members" });
});

/** Those that name no room, or name one that they make. */
const ofNoRoom = ["hello", "ping", "create", "block", "blocks", "mentions", "directory"];
const named = Object.keys(clientFrames).filter((action) => !ofNoRoom.includes(action));
const overHttp = named.filter(
  (action) => !("socketOnly" in actions[action as keyof typeof actions]),
);

/** What an action needs beside the room; about a user who is in it. */
const needs: Readonly<Record<string, Fields>> = {
  send: { text: "hi" },
  edit: { seq: 1, text: "hi" },
  delete: { seq: 1 },
  events: { seqs: [1] },
  read: { seq: 1 },
  readers: { seq: 1 },
  pin: { seq: 1, on: true },
  react: { seq: 1, emoji: "👍", on: true },
  reactors: { seq: 1 },
  thread: { seq: 1 },
  report: { seq: 1 },
  typing: { on: true, id: "1" },
  preferences: { hidden: true },
  configure: { title: "mine" },
  grant: { user: "alice", role: "member" },
  mute: { user: "alice", forMs: 1_000 },
  ...Object.fromEntries(
    ["invite", "uninvite", "kick", "ban", "unban"].map((action) => [action, { user: "alice" }]),
  ),
};
function fieldsOf(action: string, name: string): Fields {
  if (action === "sync") return { rooms: { [name]: 0 } };
  if (action === "focus") return { rooms: [name] };
  return { room: name, ...needs[action] };
}

/** What is said of a room, but for its name. */
const without = (name: string, answer: unknown) => JSON.stringify(answer).replaceAll(name, "ROOM");

const outsiders: [string, () => Promise<unknown>][] = [
  ["was never in", async () => {}],
  [
    "has left",
    async () => {
      await ask(alice, { action: "invite", room, user: "mallory" });
      const mallory = await here.as("mallory");
      await ask(mallory, { action: "join", room });
      await ask(mallory, { action: "leave", room });
    },
  ],
  [
    "was kicked",
    async () => {
      await ask(alice, { action: "invite", room, user: "mallory" });
      await ask(await here.as("mallory"), { action: "join", room });
      await ask(alice, { action: "kick", room, user: "mallory" });
    },
  ],
  [
    "was invited and is no more",
    async () => {
      await ask(alice, { action: "invite", room, user: "mallory" });
      await ask(alice, { action: "uninvite", room, user: "mallory" });
    },
  ],
];

describe.each(outsiders)("somebody who %s", (_who, become) => {
  it.each(named)("is answered over a socket as if there were no such room: %s", async (action) => {
    await become();
    const mallory = await here.as("mallory");
    for (const one of [alice, mallory]) here.received(one);
    const answers: string[] = [];
    for (const name of [room, nowhere]) {
      const answer = await ask(mallory, { action, ...fieldsOf(action, name) });
      expect(codesOf(answer)).toEqual(["not_member"]);
      answers.push(without(name, answer));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(here.received(alice)).toEqual([]);
    expect(await here.ports.rooms.find(nowhere)).toMatchObject({ rev: 0 });
  });

  it.each(overHttp)("is answered over HTTP as if there were no such room: %s", async (action) => {
    await become();
    const answers: string[] = [];
    for (const name of [room, nowhere]) {
      const answer = await act(action, fieldsOf(action, name), mallorys);
      expect(answer).toMatchObject({ status: 403, body: { error: { code: "not_member" } } });
      answers.push(without(name, answer));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  it.each([
    ["POST /rooms/{room}/messages", { body: { text: "let me in" } }],
    ["GET /rooms/{room}/events", {}],
    ["GET /rooms/{room}/online", {}],
  ])("is answered by %s as if there were no such room", async (route, asked) => {
    await become();
    const answers: string[] = [];
    for (const name of [room, nowhere]) {
      const answer = await askHttp(route, { token: mallorys, path: { room: name }, ...asked });
      expect(answer.status).toBe(403);
      answers.push(without(name, answer));
    }
    expect(answers[0]).toBe(answers[1]);
  });
});

describe("a stranger's request", () => {
  const { log, rooms, memberships, connections, subscriptions } = here.ports;
  const requests: string[] = [];
  for (const port of [log, rooms, memberships, connections, subscriptions]) {
    const methods = port as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const [method, original] of Object.entries(methods)) {
      methods[method] = (...args) => {
        requests.push(method);
        return original(...args);
      };
    }
  }

  it.each(
    named,
  )("asks the tables for the same, whether there is a room or not: %s", async (action) => {
    const mallory = await here.as("mallory");
    const asked: string[][] = [];
    for (const name of [room, nowhere]) {
      requests.length = 0;
      await ask(mallory, { action, ...fieldsOf(action, name) });
      asked.push([...requests]);
    }
    expect(asked[0]).toEqual(asked[1]);
  });
});
