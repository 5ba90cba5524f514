/** What a run came to: only what was put to the test and not broken is said to have held. */
import { describe, expect, it } from "vitest";
import { exercisesOf, type Known, sendersAreSpared } from "../../local/cluster/demo/exercised.ts";
import { summaryOf } from "../../local/cluster/demo/summary.ts";
import { ack, asked, opened, received, room, say } from "../support/checker/entries.ts";
import type { Entry, History } from "../support/checker/history.ts";
import { promises } from "../support/checker/promises.ts";

const words = "enough of it";
const exercises = Object.fromEntries(
  Object.keys(promises).map((promise) => [promise, { isExercised: true, words }]),
);
const lastLine = (judged: Parameters<typeof summaryOf>[0]) => summaryOf(judged).lines.at(-1);

describe("the verdict", () => {
  it("is that all promises held, when all were exercised and none was broken", () => {
    const summary = summaryOf({ violations: [], exercises });
    expect(summary.exitCode).toBe(0);
    expect(summary.lines.at(-1)).toBe("16 promises held");
  });

  it("names the promises that were broken, and how", () => {
    const violations = [{ promise: 4, story: "bob was never told", at: 0 }];
    const { exitCode, lines } = summaryOf({ violations, exercises });
    expect(exitCode).toBe(1);
    expect(lines).toContain("promise 4: bob was never told");
    expect(lines.at(-1)).toBe("promises broken: 4");
  });

  it("does not say that a promise held if nothing tested it", () => {
    const untried = { ...exercises, 3: { isExercised: false, words: "0 retries" } };
    const { exitCode, lines } = summaryOf({ violations: [], exercises: untried });
    expect(exitCode).toBe(1);
    expect(lines[2]).toMatch(/retry is harmless +not exercised/);
    expect(lines.at(-1)).toBe("promises not exercised: 3");
  });

  it("is not good when the service failed by itself", () => {
    const violations = [{ promise: 0, story: "send failed", at: 0 }];
    expect(lastLine({ violations, exercises })).toBe("the service failed by itself");
  });
});

describe("a history", () => {
  const known: Known = {
    places: { of: (connection) => (connection.startsWith("alice") ? "g1" : "g2") },
    killed: { gateway: "g2", at: 3, until: 9 },
    ways: new Set(["g1 → g2"]),
    leaders: [],
  };
  const exercised = (history: History, more: Partial<Known> = {}) =>
    Object.entries(exercisesOf(history, { ...known, ...more })).flatMap(
      ([promise, { isExercised }]) => (isExercised ? [Number(promise)] : []),
    );

  it("without entries tests no promise", () => {
    expect(exercised({ entries: [], logs: new Map() })).toEqual([]);
    expect(exercised({ entries: [], logs: new Map() }, { ways: new Set() })).toEqual([]);
  });

  it("in which a sender gets an error while another gateway is dead violates promise 8", () => {
    const told = (code: string, message = "") =>
      sendersAreSpared(
        {
          entries: [
            { what: "opened", connection: "alice-1", user: "alice" },
            { what: "opened", connection: "bob-1", user: "bob" },
            {
              what: "received",
              connection: "bob-1",
              frame: { type: "joined", id: "0", room: "general", seq: 0, n: 0, online: 1 },
            },
            asked("alice-1", "1", say("c-1")),
            {
              what: "received",
              connection: "alice-1",
              frame: { type: "error", id: "1", code, message, retryable: true } as never,
            },
          ],
          logs: new Map(),
        },
        known,
      );
    expect(told("unavailable")).toMatchObject([{ promise: 8, connection: "alice-1" }]);
    expect(told("internal")).toMatchObject([{ promise: 8, connection: "alice-1" }]);
    expect(told("rate_limited")).toEqual([]);
    expect(told("closed")).toEqual([]);
    // On a slow machine; no gateway has a part in that.
    expect(told("unavailable", "unable to send; the tables are out of reach")).toEqual([]);
  });

  it("with a request that is refused behind a kick tests promise 14, and an owner's act 16", () => {
    const history = { action: "history", room } as const;
    const refusal = { code: "not_member", message: "", retryable: false } as const;
    const kicked = [
      asked("alice-1", "1", { action: "kick", room, user: "bob" }),
      received("alice-1", { type: "kicked", id: "1", room, user: "bob" }),
    ];
    const refused = [
      asked("bob-1", "2", history),
      received("bob-1", { type: "error", id: "2", ...refusal }),
    ];
    const both = (...entries: Entry[]) => ({
      entries: [opened("alice-1"), opened("bob-1"), ...entries],
      logs: new Map(),
    });
    const leaders = [{ room, owner: "alice" }];
    expect(exercised(both(...kicked, ...refused), { leaders })).toEqual([14, 16]);
    expect(exercised(both(...refused, ...kicked))).toEqual([]);
  });

  it("with an ack tests promise 1", () => {
    const entries = [
      { what: "opened", connection: "alice-1", user: "alice" } as const,
      asked("alice-1", "1", say("c-1")),
      { what: "received", connection: "alice-1", frame: ack("1", 1) } as const,
    ];
    expect(exercised({ entries, logs: new Map() })).toEqual([1]);
  });
});
