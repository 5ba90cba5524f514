/** The checker lets a faultless history pass, and blames each kind of broken one. */
import { describe, expect, it } from "vitest";
import type { LogEvent } from "../../../lib/protocol/serverFrames.ts";
import { logEvent } from "../fixtures.ts";
import { check } from "./check.ts";
import {
  ack,
  appended,
  asked,
  died,
  ended,
  joins,
  leaves,
  opened,
  pushed,
  received,
  room,
  say,
  syncs,
} from "./entries.ts";
import type { Entry, History, Violation } from "./history.ts";

/** Alice and bob join; alice says one thing, which bob is pushed and syncs. */
const one = logEvent(1);
const faultless: Entry[] = [
  ...[opened("alice-1"), opened("bob-1")],
  ...[...joins("alice-1", "1"), ...joins("bob-1", "2")],
  ...[asked("alice-1", "3", say("c-1")), appended(one)],
  ...[received("alice-1", ack("3", 1)), pushed("bob-1", one), ended("3")],
  ...syncs("bob-1", "4", [one]),
];

function verdict(entries: readonly Entry[], log: LogEvent[] = [one], where = room): Violation[] {
  const history: History = { entries, logs: new Map([[where, log]]) };
  return check(history, { isLossless: true });
}
const instead = (of: Entry, ...entries: Entry[]) =>
  faultless.flatMap((entry) => (JSON.stringify(entry) === JSON.stringify(of) ? entries : [entry]));

const two = logEvent(2, { cid: "c-1", text: one.text });
/** What is broken, the promise, and the verdict. */
const broken: [what: string, promise: number, found: () => Violation[]][] = [
  ["an acked message that the log lost", 1, () => verdict(faultless, [])],
  [
    "a message that is in the log twice",
    1,
    () => verdict([...faultless, appended(two)], [one, two]),
  ],
  [
    "a message with another text than was sent",
    1,
    () => verdict(faultless, [{ ...one, text: "another" }]),
  ],
  ["a position that nobody holds", 2, () => verdict(faultless, [one, logEvent(3)])],
  [
    "an event that was stored above a hole",
    2,
    () => verdict([...faultless, appended(logEvent(3)), appended(logEvent(2))]),
  ],
  [
    "an event that was shown before it was stored",
    2,
    () => verdict(instead(appended(one), pushed("bob-1", one), appended(one))),
  ],
  [
    "a page with a hole",
    2,
    () => {
      const page = syncs("bob-1", "5", [one, logEvent(3)]);
      return verdict([...faultless, ...page], [one, logEvent(2), logEvent(3)]);
    },
  ],
  [
    "an event that was shown with the tag of another",
    2,
    () => verdict([...faultless, pushed("bob-1", { ...one, tag: "another-" })]),
  ],
  [
    "a log with an event that names another before it than there is",
    2,
    () => verdict([...faultless, appended(two)], [one, { ...two, prev: "another-" }]),
  ],
  [
    "a push that descends",
    2,
    () => verdict([...faultless, appended(two), pushed("bob-1", two, one)], [one, two]),
  ],
  [
    "a retry that was acked at another position",
    3,
    () =>
      verdict([
        ...faultless,
        asked("alice-1", "5", say("c-1")),
        received("alice-1", ack("5", 2, { cid: "c-1", duplicate: true })),
        ended("5"),
      ]),
  ],
  [
    "a cid that was acked as new twice",
    3,
    () =>
      verdict([
        ...faultless,
        asked("alice-1", "5", say("c-1")),
        received("alice-1", ack("5", 1)),
        ended("5"),
      ]),
  ],
  [
    "a sync that ended before the head",
    4,
    () => verdict([...faultless, ...syncs("alice-1", "5", [])]),
  ],
  [
    "somebody who had synced and was never pushed what came",
    4,
    () => verdict([...faultless, appended(logEvent(2))], [one, logEvent(2)]),
  ],
  [
    "somebody who had joined and was never pushed what came",
    4,
    () => verdict([...faultless.slice(0, -3), appended(two)], [one, two]),
  ],
  [
    "a hello that does not list who wrote",
    5,
    () =>
      verdict(
        [
          opened("bob-1"),
          appended(one, "dm:alice:bob"),
          asked("bob-1", "1", { action: "hello" }),
          received("bob-1", {
            ...{ type: "welcome", id: "1", rooms: [], invitations: [], more: false },
          } as never),
        ],
        [one],
        "dm:alice:bob",
      ),
  ],
  [
    "an event from somebody who did not send it",
    6,
    () => verdict(faultless, [{ ...one, from: "mallory" }]),
  ],
  [
    "an event that was pushed to who had left before it was stored",
    7,
    () =>
      verdict(
        [
          ...faultless,
          ...leaves("bob-1", "5"),
          appended(logEvent(2)),
          pushed("bob-1", logEvent(2)),
        ],
        [one, logEvent(2)],
      ),
  ],
  [
    "an event that was pushed to who had left before it was sent",
    7,
    () =>
      verdict(
        [
          ...faultless,
          ...leaves("bob-1", "5"),
          ...[asked("alice-1", "6", say("c-2")), appended(logEvent(2))],
          pushed("bob-1", logEvent(2)),
        ],
        [one, logEvent(2)],
      ),
  ],
  [
    "an event that was pushed to who had left after a try that stored nothing",
    7,
    () =>
      verdict(
        [
          ...[...faultless, asked("alice-1", "5", say("c-2")), died("5")],
          ...leaves("bob-1", "6"),
          ...[asked("alice-1", "7", say("c-2")), appended(logEvent(2))],
          pushed("bob-1", logEvent(2)),
        ],
        [one, logEvent(2)],
      ),
  ],
  [
    "a sync that answered who never joined",
    7,
    () => verdict([...faultless, opened("eve-1"), ...syncs("eve-1", "5", [one])]),
  ],
  [
    "a direct message that was pushed to a third",
    7,
    () =>
      verdict([
        ...faultless,
        opened("eve-1"),
        received("eve-1", { type: "events", room: "dm:alice:bob", events: [one] }),
      ]),
  ],
  [
    "a request without an answer",
    9,
    () => verdict(faultless.filter((e) => e.what !== "received" || e.frame.type !== "sync")),
  ],
  ["a request with two", 9, () => verdict([...faultless, received("alice-1", ack("3", 1))])],
];

describe("the checker", () => {
  it("lets a faultless history pass", () => {
    expect(verdict(faultless)).toEqual([]);
  });

  it.each(broken)("blames %s (promise %i)", (_what, promise, found) => {
    const blamed = found().filter((violation) => violation.promise === promise);
    expect(blamed).not.toEqual([]);
    for (const { story } of blamed) expect(story).toMatch(/general|dm:|asked/);
  });

  it("says nothing of an event that was stored before its reader left", () => {
    const late = [...leaves("bob-1", "5"), pushed("bob-1", one)];
    expect(verdict([...faultless, ...late])).toEqual([]);
  });

  it("says nothing of an event that was sent before its reader left, and stored after", () => {
    const entries = [
      ...[...faultless, asked("alice-1", "5", say("c-2"))],
      ...leaves("bob-1", "6"),
      ...[appended(logEvent(2)), pushed("bob-1", logEvent(2))],
    ];
    const blamed = verdict(entries, [one, logEvent(2)]);
    expect(blamed.filter(({ promise }) => promise === 7)).toEqual([]);
  });

  const asks = (seq: number): Entry => ({ what: "appending", room, seq });

  it("lets an event be shown, and be told of, from when its database was asked for it", () => {
    const entries = instead(appended(one), asks(1), pushed("bob-1", one), appended(one));
    expect(verdict(entries)).toEqual([]);
  });

  it("lets the answers of a database overtake each other, and no more", () => {
    const [two, three] = [logEvent(2), logEvent(3)];
    const blamed = (...entries: Entry[]) =>
      verdict([asks(1), ...faultless, ...entries], [one, two, three])
        .filter(({ promise }) => promise === 2)
        .map(({ story }) => story);
    expect(blamed(asks(2), asks(3), appended(three), appended(two))).toEqual([]);
    expect(blamed(asks(3), appended(three), asks(2), appended(two))).toEqual([
      expect.stringContaining("3 was stored when the head was 1"),
    ]);
  });

  it("says nothing of who may have joined again", () => {
    const again = asked("bob-1", "6", { action: "join", room });
    const two = logEvent(2);
    const entries = [...leaves("bob-1", "5"), again, appended(two), pushed("bob-1", two)];
    const blamed = verdict([...faultless, ...entries], [one, two]);
    expect(blamed.filter(({ promise }) => promise === 7)).toEqual([]);
  });
});
