/**
 * A short run of the fault lab. It ends when every kind of fault has happened, not when time is up.
 * The same run shows that the lab would notice: its history is judged again with defects put in.
 */
import { beforeAll, expect, it } from "vitest";
import { ack, appended, asked, received } from "../support/checker/entries.ts";
import type { Entry, Request } from "../support/checker/history.ts";
import { logEvent } from "../support/fixtures.ts";
import { databaseFaults } from "./databaseFaults.ts";
import { clientFaults } from "./device.ts";
import { gatewayFaults } from "./gatewayFaults.ts";
import { type LabReport, type Progress, runLab } from "./lab.ts";
import { ledRoom } from "./town.ts";
import { verdict } from "./verdict.ts";

const enough = { acked: 30, most: 1_000 };
/** Only bounds a hang: on a machine that has much else to do it takes minutes. */
const hangMs = 900_000;

const kinds: Record<string, string[]> = {
  database: Object.keys(databaseFaults),
  gateway: [...Object.keys(gatewayFaults), "cut"],
  clients: [...Object.keys(clientFaults), "storms", "cutInStorms"],
  requests: ["edit", "delete", "react"],
};
/** Requests that take a right away. */
const taking = ["kick", "ban", "mute"];

const missing = ({ counts }: Progress) => [
  ...Object.entries(kinds).flatMap(([source, names]) =>
    names.filter((name) => counts.of(source, name) === 0),
  ),
  ...(counts.sum("processes") > 0 ? [] : ["killed"]),
  ...(taking.some((action) => counts.of("requests", action) > 0) ? [] : ["a right that is lost"]),
];

let report: LabReport;

/** What the lab says of the run when this was otherwise, of one promise. */
function blamed(promise: number, { history, truth, witnesses, leaders }: Partial<LabReport>) {
  const { entries } = history ?? report.history;
  const violations = verdict(
    entries,
    truth ?? report.truth,
    witnesses ?? report.witnesses,
    leaders ?? report.leaders,
  );
  return violations.filter((violation) => violation.promise === promise);
}

beforeAll(async () => {
  report = await runLab({
    seed: 1,
    users: 3,
    database: "dynalite",
    gateways: 1,
    processes: 12,
    faultRate: 0.1,
    haste: 10,
    isOver: (progress) =>
      (progress.acked >= enough.acked && missing(progress).length === 0) ||
      progress.acked >= enough.most,
  });
}, hangMs);

it("the service keeps every promise while every kind of fault happens", () => {
  expect(missing(report)).toEqual([]);
  expect(report.violations.map(({ story }) => story)).toEqual([]);
});

it("the lab notices that the database lost an event (promise 1)", () => {
  const logs = new Map(report.truth.logs);
  const [room, log] = [...logs].find(([, events]) => events.length > 1) ?? ["", []];
  logs.set(room, log.slice(0, -1));
  expect(blamed(1, { truth: { ...report.truth, logs } })).not.toEqual([]);
});

it("the lab notices that a program does not know of an edit (promise 12)", () => {
  const witnesses = structuredClone(report.witnesses);
  for (const event of witnesses
    .flatMap(({ followings }) => followings)
    .flatMap(({ applied }) => applied)) {
    if (event.kind === "changed") delete event.now;
  }
  expect(blamed(12, { witnesses })).not.toEqual([]);
});

it("the lab notices that a deleted message keeps its text (promise 13)", () => {
  const logs = structuredClone(report.truth.logs);
  for (const event of [...logs.values()].flat()) {
    if (event.kind === "message" && event.deleted) event.text = "still there";
  }
  expect(blamed(13, { truth: { ...report.truth, logs } })).not.toEqual([]);
});

it("the lab notices that a reaction is not counted (promise 15)", () => {
  const reactors = new Map(report.truth.reactors);
  const [message, there] = [...reactors].find(([, one]) => one.length > 0) ?? ["", []];
  reactors.set(message, [...there, { user: "u-late", emoji: [{ emoji: "👍", atMs: 1 }] }]);
  expect(blamed(15, { truth: { ...report.truth, reactors } })).not.toEqual([]);
});

it("the lab notices that a program was not handed an event (promise 4)", () => {
  const witnesses = structuredClone(report.witnesses);
  const followings = witnesses.flatMap((witness) => witness.followings);
  const following = followings.find(({ applied, isOver }) => !isOver && applied.length > 1);
  following?.applied.shift();
  expect(blamed(4, { witnesses })).toMatchObject([
    { story: expect.stringMatching(/^u\d-[ab] followed .* was handed/) },
  ]);
});

/** What u1 does to eve in the court, behind all that happened, and what comes of it. */
function behind(frame: Request, type: "muted" | "kicked", ...entries: Entry[]) {
  const done = { type, id: "late:1", room: ledRoom, user: "eve" } as const;
  const late: Entry[] = [
    { what: "opened", connection: "late", user: "u1" },
    { what: "opened", connection: "eve", user: "eve" },
    asked("late", "late:1", frame),
    received("late", done),
    ...entries,
  ];
  return { ...report.history, entries: [...report.history.entries, ...late] };
}

it("the lab notices that a muted user goes on writing (promise 14)", () => {
  const history = behind(
    { action: "mute", room: ledRoom, user: "eve", forMs: 60_000 },
    "muted",
    asked("eve", "late:2", { action: "send", room: ledRoom, text: "hi", cid: "late" }),
    received("eve", ack("late:2", 1, { room: ledRoom, cid: "late" })),
  );
  const stories = blamed(14, { history }).map(({ story }) => story);
  expect(stories).toContain(`eve was muted in ${ledRoom}, and did send`);
});

it("the lab notices that a kicked user is pushed what is said later (promise 14)", () => {
  const event = logEvent(1_000);
  const history = behind(
    { action: "kick", room: ledRoom, user: "eve" },
    "kicked",
    appended(event, ledRoom),
    received("eve", { type: "events", room: ledRoom, events: [event] }),
  );
  expect(blamed(14, { history })).toMatchObject([{ connection: "eve", room: ledRoom }]);
});

it("the lab notices that nobody leads a room any more, or can (promise 16)", () => {
  expect(report.leaders).not.toEqual([]);
  const [{ room, owner } = { room: "", owner: "" }] = report.leaders;
  const leaderships = new Map(report.truth.leaderships).set(room, { owners: [], rev: 1 });
  expect(blamed(16, { truth: { ...report.truth, leaderships } })).toMatchObject([
    { story: `${room} has had an owner, and has none` },
  ]);
  expect(blamed(16, { leaders: [{ room, owner, refusal: "forbidden" }] })).toMatchObject([
    { story: `${room} is led by ${owner}, who was told forbidden` },
  ]);
});
