/**
 * Tabs of one user that share a connection, while they are killed, stand still, are closed and
 * opened, over a network that loses and breaks: nothing is lost, and nothing is there twice.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Chat, createChat } from "../../client/index.ts";
import * as limits from "../../client/limits.ts";
import type { SocketConstructor } from "../../client/socket.ts";
import { sharedSocket } from "../../client/tabs.ts";
import { type FakeTab, fakeBrowser } from "./fakeBrowser.ts";
import { fakeClock } from "./fakeClock.ts";
import type { FakeSocket } from "./fakeSocket.ts";
import { fateOf, memoryService } from "./memoryService.ts";

const room = "general";

/** What is done to one of the tabs; which one is up to how many there are. */
const deed = fc.record({
  gapMs: fc.constantFrom(0, 1, 5, 40, 400, 4_000, 30_000),
  which: fc.nat(9),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant("say" as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        ...(["kill", "close", "open", "freeze", "freeze and tell", "go on"] as const),
      ),
    },
  ),
});
const story = fc.record({
  deeds: fc.array(deed, { minLength: 5, maxLength: 40 }),
  frames: fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 0, max: 30 }) },
      { weight: 1, arbitrary: fc.constantFrom("lost" as const, "breaks" as const) },
    ),
    { maxLength: 60 },
  ),
});
type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

interface One {
  life: FakeTab;
  chat: Chat;
  said: string[];
  isFrozen: boolean;
}

/** A browser whose tabs talk in one room, all as the same user. */
async function browserOf(frames: Story["frames"]) {
  const clock = fakeClock();
  const service = memoryService(clock, fateOf(frames));
  const { ports } = service.here;
  await ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  const browser = fakeBrowser(clock);
  const sockets = service.socketsOf("alice");
  /** Those that are open, and since when. */
  const connections = new Map<FakeSocket, number>();
  /** How long each lived that has ended. */
  const livedMs: number[] = [];
  function Counted(url: string, protocols?: string[]) {
    new sockets.WebSocket(url, protocols);
    const socket = sockets.last();
    connections.set(socket, clock.nowMs());
    socket.addEventListener("close", () => {
      const sinceMs = connections.get(socket);
      connections.delete(socket);
      if (sinceMs !== undefined) livedMs.push(clock.nowMs() - sinceMs);
    });
    return socket;
  }
  const tabs: One[] = [];
  let [names, texts] = [0, 0];

  const open = () => {
    const life = browser.tab();
    const WebSocket = sharedSocket("alice", {
      ...life,
      WebSocket: life.socketsOf(Counted as unknown as SocketConstructor),
    });
    const prefix = `${++names}`;
    let cids = 0;
    const chat = createChat({
      ...{ url: "wss://chat.example", token: () => "token", WebSocket, clock: life.clock },
      ...{ random: () => 0.5, newCid: () => `${prefix}.${++cids}` },
    });
    void chat.connect().catch(() => {});
    void chat
      .room(room)
      .open()
      .catch(() => {});
    const tab: One = { life, chat, said: [], isFrozen: false };
    tabs.push(tab);
    return tab;
  };
  const say = (tab: One | undefined) => {
    texts += 1;
    tab?.said.push(`${texts}`);
    tab?.chat
      .room(room)
      .send(`${texts}`)
      .catch(() => {});
  };
  const log = async () => {
    const events = await ports.log.list(room, { limit: 1_000, order: "oldest first" });
    return events.flatMap((one) => (one.kind === "message" ? [one.text] : []));
  };
  return { clock, browser, tabs, open, say, log, connections, livedMs };
}

async function play({ deeds, frames }: Story) {
  const { clock, browser, tabs, open, say, log, connections } = await browserOf(frames);
  const leave = (tab: One) => void tabs.splice(tabs.indexOf(tab), 1);
  for (let i = 0; i < 3; i += 1) open();
  for (const { gapMs, which, what } of deeds) {
    await clock.pass(gapMs);
    const tab = tabs[which % tabs.length];
    if (tab === undefined || what === "open") {
      open();
      continue;
    }
    // A program that stands still does nothing.
    if (what === "say" || what === "close" || what === "go on") tab.life.goOn();
    tab.isFrozen = what === "freeze" || what === "freeze and tell";
    if (what === "say") say(tab);
    else if (what === "kill") {
      tab.life.kill();
      leave(tab);
    } else if (what === "close") {
      tab.chat.close();
      leave(tab);
    } else if (tab.isFrozen) tab.life.freeze({ isTold: what === "freeze and tell" });
  }
  if (tabs.length === 0) open();
  await clock.pass(5 * 60_000);
  const awake = tabs.filter(({ isFrozen }) => !isFrozen);
  const states = awake.map(({ chat }) => chat.snapshot.connection.state);
  for (const { life } of tabs) life.goOn();
  await clock.pass(30 * 60_000);
  say(tabs[0]);
  await clock.pass(1_000); // so it was pushed to the others

  return {
    log: await log(),
    said: tabs.flatMap(({ said }) => said),
    shown: tabs.map(shownIn),
    states: [...states, ...tabs.map(({ chat }) => chat.snapshot.connection.state)],
    locks: browser.inUse(),
    tabs: tabs.length,
    connections: connections.size,
  };
}

const shownIn = ({ chat }: One) => chat.room(room).snapshot.messages.map(({ text }) => text);

/** What is wrong, in words. */
function wrongs(outcome: Awaited<ReturnType<typeof play>>): string[] {
  const { log, said, shown, states, locks, tabs, connections } = outcome;
  return [
    ...said.filter((text) => !log.includes(text)).map((text) => `${text} is lost`),
    ...(new Set(log).size < log.length ? [`stored twice: ${log}`] : []),
    ...shown.flatMap((one) => (`${one}` === `${log}` ? [] : [`${one} is shown of ${log}`])),
    ...(connections === 1 ? [] : [`${connections} connections`]),
    ...states.flatMap((state) => (state === "live" ? [] : [`a tab is ${state}`])),
    // The leader's, and one of each tab.
    ...(locks.length === tabs + 2 ? [] : [`in use: ${locks}`]),
  ];
}

describe("tabs that share a connection", () => {
  it("lose nothing, send nothing twice and show the same, whatever becomes of them", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        expect(wrongs(await play(one))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("move to another connection in time, and are never offline", async () => {
    const { clock, tabs, open, say, log, connections, livedMs } = await browserOf([]);
    const states: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const tab = open();
      await clock.pass(1_000);
      tab.chat.subscribe(() => states.push(tab.chat.snapshot.connection.state));
      await clock.pass(30 * 60_000); // so that each comes later to the connection
    }
    let most = 0;
    for (let minute = 0; minute < 8 * 60; minute += 1) {
      await clock.pass(60_000);
      if (minute % 30 === 0) say(tabs[minute % tabs.length]);
      most = Math.max(most, connections.size);
    }
    await clock.pass(1_000);
    expect(new Set(states)).toEqual(new Set(["live"]));
    expect([connections.size, most]).toEqual([1, 1]);
    expect(Math.max(...livedMs)).toBeLessThan(limits.connectionMs);
    expect(livedMs.length).toBeGreaterThanOrEqual(4);
    for (const tab of tabs) expect(shownIn(tab)).toEqual(await log());
  });
});
