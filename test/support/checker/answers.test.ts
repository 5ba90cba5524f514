/**
 * The checks that look at what answers say, and at who is kept waiting, each with what it blames.
 */
import { describe, expect, it } from "vitest";
import { logEvent } from "../fixtures.ts";
import { headsAreTrue, membersAreLetIn, readPositionsStay } from "./answers.ts";
import {
  appended,
  asked,
  ended,
  joins,
  leaves,
  opened,
  pushed,
  received,
  room,
} from "./entries.ts";
import type { Entry, History } from "./history.ts";
import { presenceSettles } from "./presence.ts";
import { nobodyWaits } from "./recipients.ts";

const historyOf = (...entries: (Entry | Entry[])[]): History => ({
  entries: entries.flat(),
  logs: new Map(),
});
const alice = [opened("alice-1"), opened("alice-2")];

describe("heads", () => {
  const told = (seq: number) =>
    headsAreTrue(historyOf(alice, appended(logEvent(1)), joins("alice-1", "1", seq)));

  it.each([0, 2])("are blamed when they were never the room's: %i", (seq) => {
    expect(told(seq)).toMatchObject([{ promise: 4, connection: "alice-1" }]);
  });

  it("may be of any time between request and answer", () => {
    const [request, ...answer] = joins("alice-1", "1", 1) as [Entry, ...Entry[]];
    const late = [appended(logEvent(1)), request, appended(logEvent(2)), ...answer];
    expect(headsAreTrue(historyOf(alice, late))).toEqual([]);
    expect(told(1)).toEqual([]);
  });
});

describe("a refusal as no member", () => {
  const refused = (connection: string, id: string): Entry[] => [
    asked(connection, id, { action: "history", room }),
    received(connection, {
      type: "error",
      id,
      code: "not_member",
      message: "unable to read history; join the room first",
      retryable: false,
    }),
    ended(id),
  ];

  it("is blamed of who has joined, on whichever device", () => {
    const history = historyOf(alice, joins("alice-1", "1"), refused("alice-2", "2"));
    expect(membersAreLetIn(history)).toMatchObject([{ promise: 7, connection: "alice-2" }]);
  });

  it("is right of who never joined, or has left since", () => {
    const left = [joins("alice-1", "1"), leaves("alice-2", "2"), refused("alice-1", "3")];
    expect(membersAreLetIn(historyOf(alice, ...left))).toEqual([]);
    expect(membersAreLetIn(historyOf(alice, refused("alice-1", "1")))).toEqual([]);
  });
});

describe("a read position", () => {
  const reads = (connection: string, id: string, seq: number): Entry[] => [
    asked(connection, id, { action: "read", room, seq }),
    received(connection, { type: "read", id, room, user: "alice", seq, n: seq }),
    ended(id),
  ];
  const greeted = (id: string, readSeq: number): Entry[] => [
    asked("alice-1", id, { action: "hello" }),
    received("alice-1", {
      type: "welcome",
      id,
      rooms: [{ room, seq: 9, n: 9, readSeq, unread: 9 - readSeq }],
    } as never),
  ];

  it("is blamed when it has moved back, by what a read or a hello is answered", () => {
    const read = reads("alice-2", "1", 5);
    for (const back of [greeted("2", 4), reads("alice-1", "2", 4)]) {
      expect(readPositionsStay(historyOf(alice, read, back))).toMatchObject([{ promise: 10 }]);
    }
  });

  it("may stay, or move on, or begin anew behind a leave", () => {
    const read = reads("alice-2", "1", 5);
    for (const right of [greeted("2", 5), reads("alice-1", "2", 6)]) {
      expect(readPositionsStay(historyOf(alice, read, right))).toEqual([]);
    }
    const left = [read, leaves("alice-1", "2"), joins("alice-1", "3"), greeted("4", 0)];
    expect(readPositionsStay(historyOf(alice, ...left))).toEqual([]);
  });
});

describe("somebody silent", () => {
  const givenUp: Entry = { what: "untaken", connection: "bob-1" };
  const event = pushed("carol-1", logEvent(1));

  it("is blamed for the readers who were told behind them, and for nobody else", () => {
    const silent = new Set(["bob-1"]);
    expect(nobodyWaits(historyOf(givenUp, event), silent)).toMatchObject([{ promise: 8 }]);
    expect(nobodyWaits(historyOf(event, givenUp), silent)).toEqual([]);
    expect(nobodyWaits(historyOf(givenUp, event), new Set())).toEqual([]);
  });
});

describe("presence", () => {
  const presence = (online: boolean, atMs: number) =>
    received("bob-1", { type: "presence", room, user: "alice", online, atMs });
  const settled = (entries: Entry[], ...online: string[]) => {
    const hearing = new Map(["bob", ...online].map((user) => [`${user}-1`, user]));
    return presenceSettles({ entries, logs: new Map(), hearing: new Map([[room, hearing]]) });
  };

  it("is blamed when it does not end at the truth, by the newest atMs", () => {
    expect(settled([presence(true, 2), presence(false, 1)], "alice")).toEqual([]);
    expect(settled([presence(true, 1), presence(false, 2)], "alice")).toHaveLength(1);
    expect(settled([presence(true, 2), presence(false, 1)])).toHaveLength(1);
  });

  it("is not blamed before the eyes of who hears the room no more", () => {
    const history = { entries: [presence(true, 2)], logs: new Map() };
    expect(presenceSettles({ ...history, hearing: new Map([[room, new Map()]]) })).toEqual([]);
  });
});
