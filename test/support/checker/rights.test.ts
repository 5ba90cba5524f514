/** Rights that are lost, and what is blamed when they outlive that (promise 14). */
import { describe, expect, it } from "vitest";
import { logEvent } from "../fixtures.ts";
import { repliesAreRight } from "./changes.ts";
import { ack, asked, ended, opened, received, room, say } from "./entries.ts";
import type { Entry, History, Request } from "./history.ts";
import { pastIsCut, pastIsHidden, rightsEnd } from "./rights.ts";

const historyOf = (...entries: (Entry | Entry[])[]): History => ({
  entries: [opened("alice-1"), opened("bob-1"), ...entries.flat()],
  logs: new Map(),
});
/** A request and its answer, one after the other. */
const done = (connection: string, id: string, frame: Request, type: string, more = {}): Entry[] => [
  asked(connection, id, frame),
  received(connection, { type, id, room, ...more } as never),
  ended(id),
];
const close = done("alice-1", "1", { action: "close", room }, "closed", { rev: 2 });
const sets = (id: string, settings: object) =>
  done("alice-1", id, { action: "configure", room, ...settings }, "configured", { rev: 2 });
const invite = { action: "invite", room, user: "carol" } as const;

describe("a room that is closed", () => {
  const sent = [asked("bob-1", "2", say("c-1")), received("bob-1", ack("2", 1)), ended("2")];

  it("is blamed for a message that was asked for later", () => {
    expect(rightsEnd(historyOf(close, sent))).toMatchObject([{ promise: 14 }]);
  });

  it("is right to take messages from before, and from when it may be open again", () => {
    const reopened = done("alice-1", "3", { action: "reopen", room }, "reopened", { rev: 3 });
    expect(rightsEnd(historyOf(sent, close))).toEqual([]);
    expect(rightsEnd(historyOf(close, reopened, sent))).toEqual([]);
  });
});

describe("a room where only moderators invite", () => {
  const only = sets("1", { invites: "moderators" });

  it("is blamed for a member's invitation, and not for a moderator's", () => {
    const invited = done("bob-1", "2", invite, "invited");
    const grant = { action: "grant", room, user: "bob", role: "moderator" } as const;
    expect(rightsEnd(historyOf(only, invited))).toMatchObject([{ promise: 14 }]);
    const granted = done("alice-1", "3", grant, "granted");
    expect(rightsEnd(historyOf(granted, only, invited))).toEqual([]);
  });
});

describe("a room that hides what was before", () => {
  const hides = sets("1", { history: "since_join" });
  const joins = (more: object) => done("bob-1", "2", { action: "join", room }, "joined", more);
  const reads = done("bob-1", "3", { action: "history", room }, "history", {
    events: [logEvent(4)],
    more: false,
  });

  it("is blamed for a page from before a member came", () => {
    expect(pastIsHidden(historyOf(hides, joins({ from: 5 }), reads))).toMatchObject([
      { promise: 14 },
    ]);
    expect(pastIsHidden(historyOf(hides, joins({ from: 4 }), reads))).toEqual([]);
  });

  it("is blamed where it lets somebody in as if it hid nothing", () => {
    expect(pastIsCut(historyOf(hides, joins({})))).toMatchObject([{ promise: 14 }]);
    expect(pastIsCut(historyOf(hides, joins({ from: 5 })))).toEqual([]);
    expect(pastIsCut(historyOf(hides, sets("4", { history: "all" }), joins({})))).toEqual([]);
  });
});

describe("a thread", () => {
  const says = (replies: number) => ({
    ...logEvent(1),
    thread: { replies, lastSeq: 2 },
  });

  it("is blamed when its root says another number of replies than there are (promise 15)", () => {
    const check = (replies: number) =>
      repliesAreRight({
        entries: [],
        logs: new Map([[room, [says(replies), { ...logEvent(2), thread: 1 } as never]]]),
      });
    expect(check(2)).toMatchObject([{ promise: 15 }]);
    expect(check(1)).toEqual([]);
  });
});
