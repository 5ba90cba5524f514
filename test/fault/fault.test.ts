/**
 * A short run of the fault lab. It ends when every kind of fault has happened, not when time is up.
 * The same run shows that the lab would notice: its history is judged once more with an event
 * missing from the database, and once with an event missing from what a program was handed.
 */
import { beforeAll, expect, it } from "vitest";
import { databaseFaults } from "./databaseFaults.ts";
import { clientFaults } from "./device.ts";
import { gatewayFaults } from "./gatewayFaults.ts";
import { type LabReport, type Progress, runLab } from "./lab.ts";
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

const missing = ({ counts }: Progress) => [
  ...Object.entries(kinds).flatMap(([source, names]) =>
    names.filter((name) => counts.of(source, name) === 0),
  ),
  ...(counts.sum("processes") > 0 ? [] : ["killed"]),
];

let report: LabReport;

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
  const violations = verdict(report.history.entries, { ...report.truth, logs }, report.witnesses);
  expect(violations.map(({ promise }) => promise)).toContain(1);
});

it("the lab notices that a program does not know of an edit (promise 12)", () => {
  const witnesses = structuredClone(report.witnesses);
  for (const event of witnesses.flatMap(({ followings }) => followings[0]?.applied ?? [])) {
    if (event.kind === "changed") delete event.now;
  }
  const violations = verdict(report.history.entries, report.truth, witnesses);
  expect(violations.filter(({ promise }) => promise === 12)).not.toEqual([]);
});

it("the lab notices that a deleted message keeps its text (promise 13)", () => {
  const logs = structuredClone(report.truth.logs);
  for (const event of [...logs.values()].flat()) {
    if (event.kind === "message" && event.deleted) event.text = "still there";
  }
  const violations = verdict(report.history.entries, { ...report.truth, logs }, report.witnesses);
  expect(violations.filter(({ promise }) => promise === 13)).not.toEqual([]);
});

it("the lab notices that a reaction is not counted (promise 15)", () => {
  const reactors = new Map(report.truth.reactors);
  const [message, there] = [...reactors].find(([, one]) => one.length > 0) ?? ["", []];
  reactors.set(message, [...there, { user: "u-late", emoji: [{ emoji: "👍", atMs: 1 }] }]);
  const truth = { ...report.truth, reactors };
  const violations = verdict(report.history.entries, truth, report.witnesses);
  expect(violations.filter(({ promise }) => promise === 15)).not.toEqual([]);
});

it("the lab notices that a program was not handed an event (promise 4)", () => {
  const witnesses = structuredClone(report.witnesses);
  const followings = witnesses.flatMap((witness) => witness.followings);
  const following = followings.find(({ applied, isOver }) => !isOver && applied.length > 1);
  following?.applied.shift();
  const violations = verdict(report.history.entries, report.truth, witnesses);
  expect(violations.filter(({ promise }) => promise === 4)).toMatchObject([
    { story: expect.stringMatching(/^u\d-[ab] followed .* was handed/) },
  ]);
});
