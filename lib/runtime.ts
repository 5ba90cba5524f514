/**
 * The composition root, and the only reader of the environment. One lazy factory for each port, so
 * that a function's bundle holds only what it uses, and a function instance makes each thing once.
 * A wrong or missing setting throws at first use, by its name; what a client sees of that is
 * `internal`.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { hourlyAllowance } from "./actions/allowance.ts";
import { userBudget } from "./actions/budget.ts";
import { occupancy } from "./actions/gateways/occupancy.ts";
import type { Delivered } from "./actions/messages/fanOut.ts";
import {
  pastIn,
  retainedLog,
  retainedMentions,
  retainedRooms,
} from "./actions/messages/retained.ts";
import { typingPace } from "./actions/people/typingPace.ts";
import { listedSockets } from "./adapters/apigateway/listedSockets.ts";
import { sdkSockets } from "./adapters/apigateway/sdkSockets.ts";
import { apiGatewaySockets } from "./adapters/apigateway/sockets.ts";
import type { Invocation } from "./adapters/console/invocation.ts";
import {
  measure as consoleMeasure,
  measuredLine as consoleMeasuredLine,
  counted,
} from "./adapters/console/measured.ts";
import { consoleInvoked, consoleNote, consoleReport } from "./adapters/console/report.ts";
import {
  appendedIn as readAppended,
  changedIn as readChanged,
} from "./adapters/dynamodb/appended.ts";
import { dynamoBlocks } from "./adapters/dynamodb/blocks.ts";
import { dynamoClient, type Table } from "./adapters/dynamodb/client.ts";
import {
  dynamoConnections,
  dynamoEndableConnections,
  dynamoForgettableConnections,
  dynamoNewConnections,
} from "./adapters/dynamodb/connections.ts";
import { dynamoExpiry } from "./adapters/dynamodb/expiry.ts";
import { dynamoGatewayConnections, dynamoGatewayList } from "./adapters/dynamodb/gateways.ts";
import { dynamoHealth } from "./adapters/dynamodb/health.ts";
import { dynamoMemberships, dynamoSendersMemberships } from "./adapters/dynamodb/memberships.ts";
import { dynamoMentions, dynamoNewMentions } from "./adapters/dynamodb/mentions.ts";
import {
  dynamoFanOutLog,
  dynamoMessageLog,
  dynamoReadLog,
} from "./adapters/dynamodb/messageLog.ts";
import { dynamoReactions } from "./adapters/dynamodb/reactions.ts";
import { dynamoNewReplies, dynamoReplies } from "./adapters/dynamodb/replies.ts";
import { dynamoReportedMessages } from "./adapters/dynamodb/reported.ts";
import { dynamoReadRooms, dynamoRooms } from "./adapters/dynamodb/rooms.ts";
import { dynamoSpending } from "./adapters/dynamodb/spending.ts";
import {
  dynamoForgettableSubscriptions,
  dynamoNewSubscriptions,
  dynamoSharding,
  dynamoSubscriptions,
} from "./adapters/dynamodb/subscriptions.ts";
import { joseTokens } from "./adapters/jose/tokens.ts";
import { lambdaWorkers } from "./adapters/lambda/workers.ts";
import { parseTokenSettings } from "./identity/tokenSettings.ts";
import type { Clock, Measure, Ports } from "./ports.ts";
import { limits } from "./protocol/limits.ts";
import { parseReservedNames } from "./protocol/reservedNames.ts";
import { parseRetention } from "./protocol/retention.ts";

/** Each is made at its first call, and then kept. */
export const tokens = once(() => joseTokens(parseTokenSettings(process.env)));
export const messageLog = once(() => dynamoMessageLog(roomsTable()));
export const rooms = once(() => dynamoRooms(roomsTable()));
const readRooms = once(() => dynamoReadRooms(roomsTable()));
export const memberships = once(() => dynamoMemberships(roomsTable()));
export const mentions = once(() => dynamoMentions(connectionsTable()));
const newMentions = once(() => dynamoNewMentions(connectionsTable()));
const sendersMemberships = once(() => dynamoSendersMemberships(roomsTable()));
export const blocks = once(() => dynamoBlocks(roomsTable()));
export const reactions = once(() => dynamoReactions(roomsTable()));
export const replies = once(() => dynamoReplies(roomsTable()));
const newReplies = once(() => dynamoNewReplies(roomsTable()));
export const reported = once(() => dynamoReportedMessages(connectionsTable()));
export const connections = once(() => dynamoConnections(connectionsTable()));
const forgettableConnections = once(() => dynamoForgettableConnections(connectionsTable()));
const endableConnections = once(() => dynamoEndableConnections(connectionsTable()));
const newConnections = once(() => dynamoNewConnections(connectionsTable()));
export const subscriptions = once(() => dynamoSubscriptions(connectionsTable()));
export const subscribers = once(() => dynamoForgettableSubscriptions(connectionsTable()));
const newSubscriptions = once(() => dynamoNewSubscriptions(connectionsTable()));
/** Settled when a function is bundled, which leaves the other one out. */
const posting = process.env["POSTING_CLIENT"] === "sdk" ? sdkSockets : apiGatewaySockets;
export const sockets = once(() => {
  const credentials = () => client().config.credentials();
  const further = optionalSetting("FURTHER_GATEWAYS")?.split(",") ?? [];
  return listedSockets(posting({ region: setting("AWS_REGION"), credentials }), {
    endpoints: [ownGateway(), ...further],
    allowsLoopback: optionalSetting("PARLEY_LOCAL") === "1",
    report,
  });
});
export const sharding = once(() => dynamoSharding(connectionsTable()));
const fanOutLog = once(() => dynamoFanOutLog(roomsTable()));
export const workers = once(() =>
  lambdaWorkers(setting("DELIVER_FUNCTION"), optionalSetting("LAMBDA_ENDPOINT")),
);
export const gatewayList = once(() => dynamoGatewayList(roomsTable()));
export const gatewayConnections = once(() => dynamoGatewayConnections(connectionsTable()));
const gatewayOccupancy = once(() => occupancy());
export const health = once(() => dynamoHealth([roomsTable(), connectionsTable()]));
export const spending = once(() => dynamoSpending(connectionsTable()));
export const budget = once(() =>
  userBudget({
    windowMs: limits.budgetWindowMs,
    limit: limits.budgetUnits,
    share: limits.budgetShareUnits,
  }),
);

export const clock: Clock = {
  nowMs: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
export const newId = (): string => randomUUID();
/**
 * 48 bits are enough: where a million clients meet a log that went back, one of them takes another
 * event for its own once in 280 million times.
 */
export const newTag = (): string => randomBytes(6).toString("base64url");
export const newMark = newTag;
/**
 * Base 32 in lower case. 22 random characters are 110 bits, which nobody guesses. A request with a
 * `cid` gets 26 characters of a hash, 130 bits, because an attacker can search on their own machine
 * for a second request with the same hash.
 */
export const newPrivateRoom: Ports["newPrivateRoom"] = (request) => {
  const { user, cid } = request ?? {};
  const hash = () =>
    createHash("sha256")
      .update(JSON.stringify([user, cid]))
      .digest();
  const bytes = request ? hash().subarray(0, 26) : randomBytes(22);
  return `p-${[...bytes].map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte & 31]).join("")}`;
};
export const random = (): number => Math.random();
/** Settled when a function is bundled: it leaves out what is not asked for, where it is asked. */
export const report = process.env["SIGNALS"] === "on" ? counted(consoleReport) : consoleReport;
export const note = process.env["SIGNALS"] === "on" ? counted(consoleNote) : consoleNote;
export const measure: Measure = process.env["SIGNALS"] === "on" ? consoleMeasure : () => {};
const measuredLine =
  process.env["SIGNALS"] === "on"
    ? (invocation: Invocation) => consoleMeasuredLine(invocation, clock.nowMs())
    : undefined;
const version = process.env["RELEASE"] || "unreleased";
/**
 * Settled when a function is bundled. Lambda sets the trace anew for each invocation:
 * `Root=1-…;Parent=…;Sampled=1`.
 */
const runningAs =
  process.env["TRACING"] === "on"
    ? () => ({ version, traceId: /Root=([\w-]+)/.exec(process.env["_X_AMZN_TRACE_ID"] ?? "")?.[1] })
    : () => ({ version });
/** A function's handler, whose lines in the log say which invocation wrote them. */
export const invoked = <E, C extends unknown[], R>(
  handle: (event: E, ...context: C) => Promise<R>,
) => consoleInvoked(handle, { runningAs, measuredLine });
/** The events in a batch of the Rooms table's stream. */
export const appendedIn = (event: DynamoDBStreamEvent) => readAppended(event, report);
/** The messages in such a batch that were changed or reacted to. */
export const changedIn = (event: DynamoDBStreamEvent) => readChanged(event, report);
export { repeatRooms } from "./adapters/dynamodb/appended.ts";

/**
 * The gateway that this deployment's sockets are on: its management endpoint, which is its
 * identity.
 */
export const ownGateway = (): string => setting("MANAGEMENT_ENDPOINT");

/** Ports for choosing a gateway. With none configured, it is this deployment's own. */
export const gatewayPorts = () => ({
  gatewayList: gatewayList(),
  gatewayConnections: gatewayConnections(),
  occupancy: gatewayOccupancy(),
  clock,
  report,
  ownGateway: () => ({ url: setting("WEBSOCKET_URL"), gateway: setting("GATEWAY_NAME") }),
});

/** Ports for charging a request to its user. */
export const chargePorts = () => ({ budget: budget(), spending: spending(), clock, report });

/** Ports for publishing, and for forgetting connections that are gone. */
export const publishPorts = () => ({
  connections: forgettableConnections(),
  subscriptions: subscribers(),
  sockets: sockets(),
  clock,
  random,
  report,
  measure,
});

/** Ports for remembering a connection, and for forgetting older ones of its user. */
export const connectPorts = () => ({
  ...publishPorts(),
  connections: { ...forgettableConnections(), ...newConnections() },
  subscriptions: { ...subscribers(), ...newSubscriptions() },
});

/** Ports for forgetting one connection. */
export const forgetPorts = () => ({ ...publishPorts(), connections: endableConnections() });

const retention = once(() => parseRetention(process.env["RETENTION"] || undefined));
/** Anew for each request, which decides once what is past its time. */
const pastMs = () => pastIn({ longestMs: longestMs(), rooms: readRooms(), clock });
const longestMs = () => retention()?.longestMs ?? Number.POSITIVE_INFINITY;
/** Settled when a function is bundled, as what is measured. */
const keptLog = process.env["RETENTION"] ? () => retainedLog(messageLog(), pastMs()) : messageLog;
const keptRooms = process.env["RETENTION"] ? () => retainedRooms(rooms()) : rooms;
const keptMentions = process.env["RETENTION"]
  ? () => retainedMentions(mentions(), pastMs())
  : mentions;
const retains = process.env["RETENTION"] ? () => retention() !== undefined : () => false;

/** Ports for `send`. */
export const sendPorts = () => ({
  ...publishPorts(),
  log: keptLog(),
  rooms: readRooms(),
  memberships: sendersMemberships(),
  mentions: newMentions(),
  replies: newReplies(),
  newId,
  newTag,
  allowance: allowance(),
  holdsRequests: holdsRequests(),
});

/** Ports for spreading the work of a large room. */
export const fanOutPorts = () => ({
  sharding: sharding(),
  log: fanOutLog(),
  rooms: readRooms(),
  workers: workers(),
  clock,
  report,
  measure,
  delivered,
});

/** Ports for announcing changes of messages. */
export const healChangesPorts = () => ({
  ...publishPorts(),
  log: messageLog(),
  memberships: sendersMemberships(),
  reactions: reactions(),
  replies: replies(),
  newId,
  newTag,
  holdsRequests: holdsRequests(),
});

/** Ports for deleting what is past its time. */
export const sweepPorts = () => ({
  expiry: dynamoExpiry(roomsTable()),
  log: dynamoReadLog(roomsTable()),
  rooms: readRooms(),
  mentions: mentions(),
  clock,
  report,
  longestMs: longestMs(),
});

/** Ports for any action. */
export const allPorts = (): Ports => ({
  ...sendPorts(),
  rooms: keptRooms(),
  connections: connections(),
  subscriptions: subscriptions(),
  newMark,
  newPrivateRoom,
  isReserved: reserved(),
  memberships: memberships(),
  blocks: blocks(),
  reported: reported(),
  reactions: reactions(),
  replies: replies(),
  mentions: keptMentions(),
  retains: retains(),
  typingPace: pace(),
});

const reserved = once(() => parseReservedNames(optionalSetting("RESERVED_ROOMS")));
/** Checked where it is deployed (`lib/protocol/messageRequests.ts`). */
const holdsRequests = () => optionalSetting("MESSAGE_REQUESTS") === "on";
const pace = once(typingPace);
const allowance = once(() => hourlyAllowance({ spending: spending(), clock, report }));
const delivered: Delivered = new Map();
const client = once(() =>
  dynamoClient({
    endpoint: optionalSetting("DYNAMODB_ENDPOINT"),
    region: optionalSetting("TABLES_REGION"),
  }),
);
const roomsTable = (): Table => ({ client: client(), name: setting("ROOMS_TABLE") });
const connectionsTable = (): Table => ({ client: client(), name: setting("CONNECTIONS_TABLE") });

function setting(name: string): string {
  const value = optionalSetting(name);
  if (value === undefined) throw new TypeError(`${name} is not set`);
  return value;
}

function optionalSetting(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

// Marks `once` side-effect free, so unused adapters are dropped from bundles.
/* @__NO_SIDE_EFFECTS__ */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
