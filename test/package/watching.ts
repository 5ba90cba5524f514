/** `ACCESS_LOGS`, `TRACING` and `BUDGET_USD` add what they say to a package, and nothing else. */
import { expect, it } from "vitest";
import type { Resource } from "../../local/deploy/compiledTemplate.ts";
import { functionNames, logicalName } from "./functions.ts";
import type { Packaged } from "./packaged.ts";
import { grantsOf } from "./roles.ts";
import { withoutCode } from "./signals.ts";

const added = ["HttpAccessLog", "SocketAccessLog"];
const stages = { http: "HttpApiStage", sockets: "WebsocketsDeploymentStage" };

/** `logged`: with `ACCESS_LOGS: all`. */
export function describeAccessLogs(packaged: () => Packaged, logged: () => Packaged): void {
  const settingsOf = (each: Packaged, id: string) => each.resources[id]?.Properties ?? {};

  it("are a log for each API, and change nothing else", () => {
    const without = Object.entries(withoutCode(logged().resources))
      .filter(([id]) => !added.includes(id))
      .map(([id, resource]): [string, unknown] => {
        const { AccessLogSettings: _, ...rest } = resource.Properties;
        return [id, { ...resource, Properties: rest }];
      });
    expect(Object.fromEntries(without)).toEqual(withoutCode(packaged().resources));
  });

  it("hold no path, no query string, no header and no body, in which a token may be", () => {
    for (const id of Object.values(stages)) {
      const { Format } = Object(settingsOf(logged(), id)["AccessLogSettings"]);
      expect(Object.values(JSON.parse(Format)).sort()).toEqual([
        ...(id === stages.sockets ? ["$context.connectionId"] : []),
        "$context.identity.sourceIp",
        "$context.requestId",
        "$context.requestTimeEpoch",
        ...(id === stages.http ? ["$context.responseLatency", "$context.responseLength"] : []),
        "$context.routeKey",
        "$context.status",
      ]);
    }
  });

  it("are kept as long as functions' logs, and leave execution logs off", () => {
    for (const id of added) {
      expect(settingsOf(logged(), id)["RetentionInDays"]).toBe(30);
    }
    const { DefaultRouteSettings, RouteSettings } = settingsOf(logged(), stages.sockets);
    const text = JSON.stringify([DefaultRouteSettings, RouteSettings]);
    expect(text).not.toMatch(/LoggingLevel|DataTrace/);
  });
}

export function describeTracing(packaged: () => Packaged, traced: () => Packaged): void {
  const rights = ["xray:PutTelemetryRecords on *", "xray:PutTraceSegments on *"];

  it.each(functionNames)("traces %s, whose role may do that and no more", (name) => {
    const { TracingConfig } =
      traced().resources[`${logicalName(name)}LambdaFunction`]?.Properties ?? {};
    expect(TracingConfig).toEqual({ Mode: "Active" });
    expect(grantsOf(traced(), name)).toEqual([...grantsOf(packaged(), name), ...rights].sort());
  });

  it("changes nothing else", () => {
    const rest = (each: Packaged) =>
      Object.entries(withoutCode(each.resources))
        .filter(([, { Type }]) => Type !== "AWS::IAM::Role")
        .map(([id, resource]) => {
          const { TracingConfig: _, ...properties } = resource.Properties;
          return [id, { ...resource, Properties: properties }];
        });
    expect(rest(traced())).toEqual(rest(packaged()));
  });
}

/** `limited`: with a budget, and so with signals. */
export function describeBudget(withSignals: () => Packaged, limited: () => Packaged): void {
  it("notifies the team, which its topic allows budgets and alarms alone", () => {
    const { Budget, TicketsTopicPolicy } = limited().resources as Record<string, Resource>;
    expect(Budget?.Properties["Budget"]).toMatchObject({
      ...{ BudgetType: "COST", TimeUnit: "MONTHLY", BudgetLimit: { Amount: 100, Unit: "USD" } },
    });
    const notified = Budget?.Properties["NotificationsWithSubscribers"] as {
      Subscribers: object[];
    }[];
    for (const { Subscribers } of notified) {
      expect(Subscribers).toEqual([{ SubscriptionType: "SNS", Address: "<TicketsTopic>" }]);
    }
    const { PolicyDocument } = TicketsTopicPolicy?.Properties ?? {};
    expect(Object(PolicyDocument).Statement).toMatchObject([
      {
        Principal: { Service: ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"] },
        ...{ Action: "sns:Publish", Resource: "<TicketsTopic>" },
      },
    ]);
  });

  it("changes nothing else", () => {
    const { Budget: _, TicketsTopicPolicy: __, ...rest } = limited().resources;
    expect(withoutCode(rest)).toEqual(withoutCode(withSignals().resources));
  });
}
