/**
 * Rehearsals: a town talks for some minutes, something is broken, and exactly the alarms go off
 * that the runbooks expect. The functions are the real ones, over memory and a clock that stands
 * still until it is moved, so a rehearsal is the same each time.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { listedSockets } from "../../lib/adapters/apigateway/listedSockets.ts";
import { counted } from "../../lib/adapters/console/measured.ts";
import { consoleReport } from "../../lib/adapters/console/report.ts";
import type { ConnectedCaller, StoredEvent } from "../../lib/model.ts";
import type { PostResult } from "../../lib/ports.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { type AlarmName, alarmNames, alarmOf, metricsOf } from "../../lib/signals/alarms.ts";
import { logEvent } from "../support/fixtures.ts";
import { dashboardPicture } from "./dashboardPicture.ts";
import { type Minute, minutesOf, type Point, pointsIn, stateOfAlarms } from "./evaluator.ts";
import { observed } from "./observed.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./observed.ts")).observedRuntime());
const { here, runtime, worker, lines, errors, invoke, ask, connect, shakeHands, stream } =
  await observed();
const { ports } = here;
const nowMs = () => ports.clock.nowMs();

const minutesUsual = 6;
const stepsPerMinute = 10;
let towns = 0;
const ended: (() => void)[] = [];
const mend = () => {
  for (const end of ended.splice(0)) end();
};
afterEach(mend);

/** Replace a method of a port until the rehearsal is over. */
function replace<P extends object, K extends keyof P>(port: P, method: K, by: P[K]): void {
  const before = port[method];
  port[method] = by;
  ended.push(() => {
    port[method] = before;
  });
}

const down = () => Promise.reject(new ChatError("unavailable", "so it is", { cause: 1 }));
/** Tables that answer nothing. */
function breakTables(): void {
  const { log, rooms, memberships, connections, subscriptions } = ports;
  for (const port of [log, rooms, memberships, connections, subscriptions]) {
    for (const method of Object.keys(port)) replace(port, method as never, down as never);
  }
}

interface Town {
  /** Something is wrong from the first minute on. */
  breaks?: () => void;
  /** What more happens, ten times a minute. */
  also?: (step: number) => Promise<unknown>;
  /** How long the gateway needs to hand a frame on. */
  gatewayMs?: number;
  minutes?: number;
}

/** Which alarms were ever on. */
async function rehearse(town: Town): Promise<AlarmName[]> {
  const states = stateOfAlarms(await live(town));
  const found = states.filter(({ isOn }) => isOn.some(Boolean)).map(({ name }) => name);
  for (const name of found) rehearsed.add(name);
  return found;
}

/** Two friends talk in a small room, others come and go, and a large room is delivered to. */
async function live({ breaks, also, gatewayMs = 20, ...town }: Town): Promise<Minute[]> {
  const { minutes = minutesUsual } = town;
  towns += 1;
  const room = `town-${towns}`;
  const [alice, bob] = [await here.as(`alice${towns}`), await here.as(`bob${towns}`)];
  for (const caller of [alice, bob]) await ask(caller, { action: "join", room });
  const leaving = await here.as(`carol${towns}`);
  here.pass(limits.handshakeMs);
  lines.length = 0;
  errors.length = 0;
  const fromMs = nowMs();
  const ages: Point[] = [];
  let waiting: StoredEvent[] = [];
  breaks?.();
  for (let step = 0; step < minutes * stepsPerMinute; step += 1) {
    await ask(alice, { action: "send", room, text: `a${step}` }, gatewayMs);
    await ask(bob, { action: "send", room, text: `b${step}` }, gatewayMs);
    await connect({ ...leaving, connection: { ...leaving.connection, connectionId: `c-${step}` } });
    if (step % stepsPerMinute === 0) {
      await invoke("disconnect", socketOf(leaving.connection.connectionId));
    }
    // The stream holds back what is behind a batch that failed.
    waiting.push({ ...logEvent(step + 1), sentAtMs: nowMs(), delivery: "stream" });
    const oldest = waiting[0]?.sentAtMs ?? nowMs();
    ages.push({ name: "fanOut IteratorAge", atMs: nowMs(), value: nowMs() - oldest });
    const answer = await stream("fanOut", room, waiting);
    const { batchItemFailures = [] } = (answer ?? {}) as { batchItemFailures?: unknown[] };
    if (answer !== undefined && batchItemFailures.length === 0) waiting = [];
    await also?.(step);
    here.pass(60_000 / stepsPerMinute);
  }
  const failed = errors.map(({ functionName, atMs }) => ({
    ...{ name: `${functionName} Errors`, atMs, value: 1 },
  }));
  return minutesOf([...pointsIn(lines), ...ages, ...failed], fromMs);
}

const rehearsed = new Set<AlarmName>();
const socketOf = (connectionId: string) => ({
  requestContext: { connectionId, eventType: "DISCONNECT", requestId: "request-2" },
});

/** Every post and every close is answered so. */
const answerAll = (result: PostResult) => () => {
  replace(ports.sockets, "post", async () => result);
  replace(ports.sockets, "close", async () => result);
};
/** Only those who hear a room, not those who are answered. */
const answerRecipients = (result: PostResult) => () => {
  const { post } = ports.sockets;
  replace(ports.sockets, "post", async (to, frame, withinMs) =>
    new TextDecoder().decode(frame).startsWith('{"type":"ack"')
      ? post(to, frame, withinMs)
      : result,
  );
};
const getGateway = () =>
  invoke("http", {
    routeKey: "GET /gateway",
    headers: { authorization: "Bearer good" },
    requestContext: { requestId: "request-3", http: { method: "GET" } },
  });
const someone = (await here.as("someone")) satisfies ConnectedCaller;
/** Each step, so many of them. */
const times = (count: number, act: () => Promise<unknown>) => async () => {
  for (let done = 0; done < count; done += 1) await act();
};

const rehearsals: { title: string; town: Town; expected: AlarmName[] }[] = [
  { title: "none on a day like any other", town: {}, expected: [] },
  {
    title: "those of requests, handshakes and large rooms when the tables are down",
    town: { breaks: breakTables },
    expected: [
      ...(["RequestsFailing", "ConnectsFailing", "FanOutLate", "FanOutStuck"] as const),
      ...(["FanOutFailing", "FunctionsFailing"] as const),
    ],
  },
  {
    title: "that recipients are missed and posts throttled when a gateway answers 429",
    town: { breaks: answerRecipients("throttled") },
    expected: ["RecipientsMissed", "PostsThrottled"],
  },
  {
    title: "that recipients are missed when a gateway is dead",
    town: { breaks: answerRecipients("failed") },
    expected: ["RecipientsMissed"],
  },
  {
    title: "that functions fail when not even the senders can be answered",
    town: { breaks: answerAll("failed") },
    expected: ["RecipientsMissed", "FunctionsFailing"],
  },
  {
    title: "those of large rooms alone when their workers get nowhere",
    town: {
      breaks: () =>
        replace(worker, "deliver", async () => {
          throw new Error("out of time");
        }),
    },
    expected: ["FanOutLate", "FanOutStuck", "FanOutFailing"],
  },
  {
    title: "that posts are refused when a right to post is missing",
    town: { breaks: answerRecipients("refused") },
    expected: ["RecipientsMissed", "PostsRefused"],
  },
  {
    title: "that a gateway is unknown when somebody planted a connection",
    town: {
      breaks: () => {
        const { post, close } = ports.sockets;
        const endpoints = ["http://gateway-1"];
        const listed = listedSockets(
          { post, close },
          { endpoints, report: counted(consoleReport) },
        );
        replace(ports.sockets, "post", listed.post);
      },
      also: async (step) => {
        if (step > 0) return;
        const planted = await here.as(`planted${towns}`);
        const connection = { ...planted.connection, gateway: "https://evil.example" };
        const topic = roomTopic(`town-${towns}`);
        await ports.subscriptions.put({ ...connection, topic, shard: 0 });
      },
    },
    expected: ["RecipientsMissed", "PostsRefused", "GatewayUnknown"],
  },
  {
    title:
      "that handshakes are refused, and none that they fail, when tokens are of another issuer",
    town: { also: times(3, () => shakeHands("of another issuer")) },
    expected: ["HandshakesRefused"],
  },
  {
    title: "that connects fail when the issuer's keys are out of reach",
    town: { also: () => shakeHands("no keys") },
    expected: ["ConnectsFailing"],
  },
  {
    title: "that acks are slow when frames take long to get to a function",
    town: { gatewayMs: 3_000 },
    expected: ["AcksSlow"],
  },
  {
    title: "that deliveries are slow when a gateway is",
    town: {
      breaks: () => {
        const { post } = ports.sockets;
        replace(ports.sockets, "post", async (to, frame, withinMs) => {
          const isRecipient = !new TextDecoder().decode(frame).startsWith('{"type":"ack"');
          if (isRecipient) {
            // The ack goes out meanwhile.
            await new Promise((resolve) => setImmediate(resolve));
            here.pass(6_000);
          }
          return post(to, frame, withinMs);
        });
      },
    },
    expected: ["DeliveriesSlow"],
  },
  {
    title: "that messages are stored and not published when only the subscribers cannot be read",
    town: {
      breaks: () => {
        replace(ports.subscriptions, "listSome", down as never);
        replace(ports.connections, "add", async () => {});
      },
    },
    expected: ["ConnectsFailing", "PublishIncomplete"],
  },
  {
    title: "those of changes when the healer cannot read the log",
    town: {
      also: async (step) => {
        const edited = { ...logEvent(1), sentAtMs: nowMs() - 2_000 * step };
        const { find } = ports.log;
        ports.log.find = down as never;
        await stream("announce", `town-${towns}`, [edited]);
        ports.log.find = find;
      },
    },
    expected: ["AnnouncementsLate", "AnnouncementsFailing"],
  },
  {
    title: "that a record cannot be read when the stream brings one that is no event",
    town: {
      also: () => invoke("fanOut", { Records: [{ eventID: "e-1", dynamodb: { NewImage: {} } }] }),
    },
    expected: ["StreamUnreadable"],
  },
  {
    title: "that users are turned away when every gateway is being emptied",
    town: { also: getGateway },
    expected: ["UsersTurnedAway"],
  },
  {
    title: "that users are limited when clients ask in a loop",
    town: {
      also: async () => {
        runtime.waitMs = 100;
        for (let asked = 0; asked < 40; asked += 1) await ask(someone, { action: "ping" });
        runtime.waitMs = 0;
      },
    },
    expected: ["UsersLimited"],
  },
  {
    title: "that spending is not counted when only its item cannot be written",
    town: {
      breaks: () => {
        const { chargePorts } = runtime;
        replace(runtime, "chargePorts", function (this: typeof runtime) {
          const budget = { take: () => ({ waitMs: 0, due: { cost: 1, windowEndsAtMs: 1 } }) };
          const charge = chargePorts.call(this);
          return { ...charge, budget: { ...charge.budget, ...budget }, spending: { add: down } };
        });
      },
    },
    expected: ["SpendingUncounted"],
  },
  {
    title: "that connections are kept when a user's surplus cannot be forgotten",
    town: {
      breaks: () => replace(ports.connections, "findAll", down as never),
      also: async () => connect(await here.as(`many${towns}`).catch(() => someone)),
    },
    expected: ["ConnectionsKept"],
  },
  {
    title: "that a room is not swept when its log cannot be read",
    town: {
      breaks: () => {
        const { tail } = ports.log;
        replace(ports.log, "tail", async (room, limit) =>
          room === "old" ? down() : tail(room, limit),
        );
      },
      also: () => invoke("sweep", {}),
    },
    expected: ["RoomsNotSwept"],
  },
];

describe("the alarms that go off", () => {
  it.each(
    rehearsals.map(({ title, town, expected }) => [title, town, expected] as const),
  )("are %s", async (_title, town, expected) => {
    expect(await rehearse(town)).toEqual(expected);
  });

  it("are every alarm that watches what functions say, in one rehearsal or another", () => {
    const ofFunctions = alarmNames.filter((name) =>
      metricsOf(alarmOf(name).watch).some(
        (metric) => typeof metric === "string" || metric.name.match(/^(Errors|IteratorAge)$/),
      ),
    );
    expect([...rehearsed].sort()).toEqual([...ofFunctions].sort());
    // AWS alone knows these.
    expect(alarmNames.filter((name) => !rehearsed.has(name))).toEqual([
      "EventsGivenUp",
      "FunctionsThrottled",
      "TablesThrottled",
      "GatewaysFailing",
    ]);
  });
});

describe("an incident on the dashboard", () => {
  it("is drawn in docs/incident.svg; vitest --update writes it", async () => {
    const broken = [4, 9] as const;
    const minutes = await live({
      minutes: 14,
      also: async (step) => {
        if (step === broken[0] * stepsPerMinute) breakTables();
        if (step === broken[1] * stepsPerMinute) mend();
      },
    });
    const picture = dashboardPicture({ minutes, broken });
    await expect(picture).toMatchFileSnapshot("../../docs/incident.svg");
  });
});
