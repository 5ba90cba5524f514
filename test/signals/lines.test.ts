/** What each line says of the invocation that wrote it, and how an invocation measures itself. */
import { beforeEach, expect, it, vi } from "vitest";
import { consoleInvoked, consoleReport } from "../../lib/adapters/console/report.ts";
import { lines as kinds } from "../../lib/signals/signals.ts";
import { logEvent } from "../support/fixtures.ts";
import { type Line, observed, stage, version } from "./observed.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./observed.ts")).observedRuntime());
const { here, runtime, lines, invoke, ask, connect, shakeHands, stream } = await observed();
const alice = await here.as("alice");
const bob = await here.as("bob");
for (const caller of [alice, bob]) await ask(caller, { action: "join", room: "general" });
here.pass(60_000);
beforeEach(() => {
  lines.length = 0;
});

const measuredLines = () => lines.filter(({ what }) => what === "measured");
/** The metrics in a line, as CloudWatch takes them out of it. */
const metricsIn = (line: Line | undefined) => {
  const { CloudWatchMetrics: directives } = line?.["_aws"] as {
    CloudWatchMetrics: { Metrics: { Name: string; Unit?: string }[] }[];
  };
  const { Metrics = [] } = directives[0] ?? {};
  return Object.fromEntries(Metrics.map(({ Name }) => [Name, line?.[Name]]));
};

it("measures a send in one line of CloudWatch's embedded metric format", async () => {
  await ask(alice, { action: "send", room: "general", text: "hi" }, 40);
  expect(lines).toEqual([
    {
      level: "info",
      what: "measured",
      _aws: {
        Timestamp: here.ports.clock.nowMs(),
        CloudWatchMetrics: [
          {
            Namespace: "Parley",
            Dimensions: [["service"]],
            Metrics: expect.arrayContaining([
              { Name: "accepted" },
              { Name: "ackMs", Unit: "Milliseconds" },
            ]),
          },
        ],
      },
      service: stage,
      ...{ accepted: 1, appendAttempts: 1, ackMs: [40], deliveryMs: [0], delivered: 1 },
      function: `${stage}-send`,
      version,
      requestId: "request-1",
      connectionId: "alice-1",
    },
  ]);
  expect(Object.keys(metricsIn(lines[0])).sort()).toEqual(
    ["accepted", "ackMs", "appendAttempts", "delivered", "deliveryMs"].sort(),
  );
});

it("writes nothing for an invocation that measured nothing", async () => {
  await ask(alice, { action: "ping" });
  expect(lines).toEqual([]);
});

it("names the trace of X-Ray in each line, where functions are traced", async () => {
  const runningAs = () => ({ version, traceId: "1-6566d2a0-0123456789abcdef01234567" });
  const handle = async () => consoleReport("fan-out failed", {});
  await consoleInvoked(handle, { runningAs })({});
  expect(lines).toMatchObject([{ what: "fan-out failed", ...runningAs() }]);
});

it("counts a message that is sent again once", async () => {
  const frame = { action: "send", room: "general", text: "twice", cid: "c-1" };
  await ask(alice, frame);
  await ask(alice, frame);
  const accepted = measuredLines().map((line) => line["accepted"]);
  expect(accepted).toEqual([1, undefined]);
});

it("counts what is refused by its code, and names no room or user", async () => {
  await ask(alice, { action: "send", room: "secret", text: "hi" });
  await ask(alice, { action: "who", room: "secret" });
  expect(measuredLines().map(metricsIn)).toEqual([
    { "refused: not_member": 1 },
    { "refused: not_member": 1 },
  ]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

it("counts each line as a metric of its own name", async () => {
  await shakeHands("x".repeat(20));
  expect(lines).toMatchObject([
    {
      level: "info",
      what: "token refused",
      reason: "wrong_issuer",
      function: `${stage}-authorize`,
    },
    { "token refused": 1, "token refused: wrong_issuer": 1, handshakesRefused: 1 },
  ]);
});

it("measures connections, and how late a large room and a change are", async () => {
  await connect(await here.as("carol"));
  const event = logEvent(1, { sentAtMs: here.ports.clock.nowMs() - 7_000 });
  await stream("fanOut", "general", [event]);
  await stream("announce", "general", [event]);
  expect(measuredLines().map(metricsIn)).toMatchObject([
    { connected: 1 },
    { delivered: 2 },
    { fanOutLagMs: [7_000], deliveryMs: [7_000] },
    { announcementLagMs: [7_000] },
  ]);
});

it("counts the 429s of a gateway, and those whom a delivery missed", async () => {
  here.ports.sockets.answer("bob-1", "throttled");
  await ask(alice, { action: "send", room: "general", text: "are you there" });
  here.ports.sockets.answer("bob-1", "delivered");
  const [skipped, measured] = lines;
  expect(skipped).toMatchObject({ level: "error", what: "recipients skipped", skipped: 1 });
  expect(metricsIn(measured)).toMatchObject({ skipped: 1, "recipients skipped": 1 });
  expect(Number(measured?.["throttled"])).toBeGreaterThan(1);
});

it("says in each line which function, version, request and connection it is of", async () => {
  const { find } = here.ports.memberships;
  here.ports.memberships.find = async () => {
    throw new Error("the table is on fire");
  };
  await ask(alice, { action: "who", room: "general" });
  here.ports.memberships.find = find;
  await invoke("fanOut", { Records: [{ eventID: "e-1", dynamodb: { NewImage: {} } }] });
  expect(lines.map(({ what }) => what)).toEqual([
    "request failed",
    "measured",
    "stream record unreadable",
    "measured",
  ]);
  for (const line of lines) {
    expect(Object.keys(kinds)).toContain(line.what);
    expect(line.level).toBe(kinds[line.what as keyof typeof kinds].level);
    expect(line).toMatchObject({ version, function: expect.stringContaining(stage) });
    expect(line["requestId"]).toMatch(/^(request|invocation)-\d+$/);
  }
  expect(lines.map((line) => line["connectionId"])).toEqual([
    "alice-1",
    "alice-1",
    undefined,
    undefined,
  ]);
});

it("counts once what is measured while others run at once, and names no request", async () => {
  const { find } = here.ports.memberships;
  here.ports.memberships.find = async (user, room) => {
    if (room === "burning") throw new Error("the table is on fire");
    return find(user, room);
  };
  await Promise.all([
    ask(alice, { action: "who", room: "burning" }),
    ask(bob, { action: "send", room: "general", text: "at once" }),
  ]);
  here.ports.memberships.find = find;
  const sum = (name: string) =>
    measuredLines().reduce((total, line) => total + Number(line[name] ?? 0), 0);
  expect([sum("accepted"), sum("request failed"), sum("refused: internal")]).toEqual([1, 1, 1]);
  const [failed] = lines.filter(({ what }) => what === "request failed");
  expect(failed).toMatchObject({ version, requestId: "request-1" });
  expect(failed).not.toHaveProperty("connectionId");
  expect(runtime.here).toBe(here);
});
