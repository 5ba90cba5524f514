/** What `SIGNALS: true` adds to a package, and that it takes nothing away. */
import { expect, it } from "vitest";
import { alarmNames, alarmOf } from "../../lib/signals/alarms.ts";
import type { Resource } from "../../local/deploy/compiledTemplate.ts";
import { bytesMost } from "./bundles.ts";
import { functionNames, logicalName } from "./functions.ts";
import type { Packaged } from "./packaged.ts";

const added =
  /^AWS::(CloudWatch::(Alarm|CompositeAlarm|Dashboard)|SNS::Topic|Logs::QueryDefinition)$/;
const isAdded = ([, { Type }]: [string, Resource]) => added.test(Type);

/** Where a function's code is uploaded to has the time of packaging in it. */
export const withoutCode = (resources: Record<string, Resource>) =>
  Object.fromEntries(
    Object.entries(resources).map(([id, { Properties, ...rest }]) => {
      const { Code: _, ...others } = Properties ?? {};
      return [id, { ...rest, Properties: others }];
    }),
  );

/** `further`: a further gateway, with signals too. */
export function describeSignals(
  packaged: () => Packaged,
  withSignals: () => Packaged,
  further: () => Packaged,
): void {
  const addedTo = (each: Packaged) => Object.entries(each.resources).filter(isAdded);

  it("adds alarms, a dashboard, topics and queries, and changes nothing else", () => {
    const rest = Object.entries(withSignals().resources).filter((entry) => !isAdded(entry));
    expect(withoutCode(Object.fromEntries(rest))).toEqual(withoutCode(packaged().resources));
    expect(addedTo(packaged())).toEqual([]);
    const { PagingAlarm, PagesTopic, TicketsTopic, ...outputs } = withSignals().outputs;
    expect([PagingAlarm, PagesTopic, TicketsTopic].map((output) => output?.Value)).toEqual([
      ...["<PagingAlarm.Arn>", "<PagesTopic>", "<TicketsTopic>"],
    ]);
    expect(outputs).toEqual(packaged().outputs);
  });

  it.each(alarmNames)("has the alarm %s as the table has it, with its runbook", (name) => {
    const { threshold, severity, means, minutes, of } = alarmOf(name);
    const { Properties: found } = withSignals().resources[`${name}Alarm`] ?? {};
    expect(found).toMatchObject({
      AlarmName: `parley-dev-${name}`,
      AlarmDescription: `${means}. Runbook: docs/operations.md#${name.toLowerCase()}`,
      ...{ Threshold: threshold, DatapointsToAlarm: minutes, EvaluationPeriods: of },
      TreatMissingData: "notBreaching",
    });
    // What is urgent notifies by the one alarm of all that is.
    expect(found?.["AlarmActions"]).toEqual(severity === "page" ? undefined : ["<TicketsTopic>"]);
    expect(((found?.["Metrics"] as unknown[]) ?? []).length).toBeLessThanOrEqual(20);
  });

  it("pages once, whichever urgent alarms are on", () => {
    const { AlarmRule, AlarmActions } = withSignals().resources["PagingAlarm"]?.Properties ?? {};
    const urgent = alarmNames.filter((name) => alarmOf(name).severity === "page");
    expect(AlarmRule).toBe(urgent.map((name) => `ALARM("<${name}Alarm>")`).join(" OR "));
    expect(AlarmActions).toEqual(["<PagesTopic>"]);
  });

  it("watches only what is there, also as a further gateway", () => {
    for (const each of [withSignals(), further()]) {
      const text = JSON.stringify(addedTo(each));
      const names = [...text.matchAll(/<(\w+)(?:\.\w+)?>/g)].map(([, name]) => name ?? "");
      expect(names.filter((name) => each.resources[name] === undefined)).toEqual([]);
      expect(names.length).toBeGreaterThan(20);
    }
    const ofStream = alarmNames.filter((name) => alarmOf(name).condition !== undefined);
    const lacking = alarmNames.filter((name) => !further().resources[`${name}Alarm`]);
    expect(lacking).toEqual(ofStream);
  });

  it("shows on the dashboard every alarm that there is", () => {
    const { DashboardBody } = withSignals().resources["Dashboard"]?.Properties ?? {};
    const { widgets } = JSON.parse(String(DashboardBody));
    const shown = (widgets[0].properties.alarms as string[]).map((arn) => arn.split("dev-").at(-1));
    expect(shown.sort()).toEqual([...alarmNames].sort());
  });

  it("asks the log of each function, and no other", () => {
    const queries = addedTo(withSignals()).filter(([, { Type }]) => Type.includes("Query"));
    const logs = functionNames.map((name) => {
      const group = withSignals().resources[`${logicalName(name)}LogGroup`];
      return group?.Properties["LogGroupName"];
    });
    expect(queries.length).toBeGreaterThan(10);
    for (const [, { Properties }] of queries) expect(Properties["LogGroupNames"]).toEqual(logs);
  });

  it.each(
    Object.entries(bytesMost),
  )("keeps the bundle of %s as small as it has to be", async (name, most) => {
    const { code } = await withSignals().bundle(name);
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
    expect(code).not.toContain("Runbook");
  });
}
