/**
 * A short run of the fault lab, bounded by what happened and not by the clock: no promise is broken
 * although everything that can go wrong did. And the lab itself: whoever breaks a promise is seen.
 */
import { describe, expect, it } from "vitest";
import { databaseFaults } from "./databaseFaults.ts";
import { clientFaults } from "./device.ts";
import { gatewayFaults } from "./gatewayFaults.ts";
import { type LabOptions, type Progress, runLab } from "./lab.ts";

const seed = 1;
/** Only bounds a hang: on a machine that has much else to do it takes minutes. */
const timeout = 900_000;
const faults: LabOptions["faultRate"] = 0.1;

const kinds: Record<string, string[]> = {
  database: Object.keys(databaseFaults),
  gateway: [...Object.keys(gatewayFaults), "cut"],
  clients: [...Object.keys(clientFaults), "storms", "cutInStorms"],
};

const missing = ({ counts }: Progress) => [
  ...Object.entries(kinds).flatMap(([source, names]) =>
    names.filter((name) => counts.of(source, name) === 0),
  ),
  ...(counts.sum("processes") > 0 ? [] : ["killed"]),
];

function lab(options: Partial<LabOptions>) {
  return runLab({
    seed,
    users: 5,
    database: "dynalite",
    gateways: 2,
    faultRate: faults,
    haste: 10,
    isOver: ({ acked }) => acked >= 60,
    ...options,
  });
}

const storiesOf = ({ violations }: { violations: { story: string }[] }) =>
  violations.map(({ story }) => story);

describe("the service", { timeout }, () => {
  it("keeps every promise while everything goes wrong that can", async () => {
    const enough = { acked: 150, most: 2_500 };
    const report = await lab({
      isOver: (progress) =>
        (progress.acked >= enough.acked && missing(progress).length === 0) ||
        progress.acked >= enough.most,
    });
    expect(storiesOf(report)).toEqual([]);
    expect(missing(report)).toEqual([]);
  });
});

describe("the lab", { timeout }, () => {
  const calm = { faultRate: 0, haste: 0.001, isOver: ({ acked }: Progress) => acked >= 30 };

  it("sees a database that forgets what it has taken (promise 1)", async () => {
    let puts = 0;
    const report = await lab({
      ...calm,
      swallows: ({ operation, body }) =>
        operation === "PutItem" && body.includes('"LOG#') && ++puts === 5,
    });
    expect(report.violations.map(({ promise }) => promise)).toContain(1);
  });

  it("sees a program that was not handed an event (promise 4)", async () => {
    let events = 0;
    const report = await lab({ ...calm, loses: () => ++events === 5 });
    expect(storiesOf(report)).toEqual([expect.stringMatching(/^u\d-[ab] followed .* was handed/)]);
  });
});
