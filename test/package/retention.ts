/** What `RETENTION` adds to a package: the function that deletes, and nothing else. */
import { expect, it } from "vitest";
import { sweepMarginMs } from "../../lib/actions/messages/sweep.ts";
import { commandsIn } from "./bundles.ts";
import type { Packaged } from "./packaged.ts";
import { grantsOf } from "./roles.ts";
import { withoutCode } from "./signals.ts";

/** `further`: a further gateway, which retains too. */
export function describeRetention(
  packaged: () => Packaged,
  retaining: () => Packaged,
  further: () => Packaged,
): void {
  const isOfSweep = (id: string) => id.startsWith("Sweep");

  it("adds a function that runs every hour, and changes nothing else", () => {
    const rest = Object.entries(retaining().resources).filter(([id]) => !isOfSweep(id));
    expect(withoutCode(Object.fromEntries(rest))).toEqual(withoutCode(packaged().resources));
    expect(Object.keys(packaged().resources).filter(isOfSweep)).toEqual([]);
    const added = Object.entries(retaining().resources).filter(([id]) => isOfSweep(id));
    expect(added.map(([, { Type }]) => Type).sort()).toEqual([
      "AWS::Events::Rule",
      "AWS::IAM::Role",
      "AWS::Lambda::Function",
      "AWS::Lambda::Permission",
      "AWS::Logs::LogGroup",
    ]);
    expect(retaining().resources["SweepEventsRuleSchedule1"]?.Properties).toMatchObject({
      ...{ ScheduleExpression: "rate(1 hour)", State: "ENABLED" },
    });
    const { Timeout } = retaining().resources["SweepLambdaFunction"]?.Properties ?? {};
    expect(Number(Timeout) * 1_000).toBeGreaterThan(5 * sweepMarginMs);
  });

  it("bundles for it the commands that its role allows, no other", async () => {
    const granted = grantsOf(retaining(), "sweep").flatMap(
      (grant) => /^dynamodb:(\w+) on <(?:Connections|Rooms)\.Arn>/.exec(grant)?.[1] ?? [],
    );
    const bundle = await retaining().bundle("sweep");
    expect(commandsIn(bundle, "@aws-sdk/client-dynamodb")).toEqual([...new Set(granted)].sort());
  });

  it("is settled when functions are bundled, and left out where it is off", async () => {
    const wrapper = "lib/actions/messages/retained.ts";
    for (const name of ["send", "default", "http"]) {
      expect((await retaining().bundle(name)).sources).toContain(wrapper);
      expect((await packaged().bundle(name)).sources).not.toContain(wrapper);
    }
  });

  it("has a further gateway read so, and leave the deleting to who reads the stream", () => {
    expect(Object.keys(further().resources).filter(isOfSweep)).toEqual([]);
  });
}
