/**
 * Every action once, in a room with a past, among any number of connections that have nothing to do
 * with it. Names, ids and texts are as long as real ones (a Cognito `sub`, an API Gateway endpoint
 * and connection id, 100 characters of text), because units are counted in bytes.
 */
import { connect } from "../lib/actions/connections/connect.ts";
import { disconnect } from "../lib/actions/connections/disconnect.ts";
import { ping } from "../lib/actions/connections/ping.ts";
import { announceChanges } from "../lib/actions/messages/announceChanges.ts";
import { deleteMessage } from "../lib/actions/messages/deleteMessage.ts";
import { edit } from "../lib/actions/messages/edit.ts";
import { events } from "../lib/actions/messages/events.ts";
import { history } from "../lib/actions/messages/history.ts";
import { react } from "../lib/actions/messages/react.ts";
import { reactors } from "../lib/actions/messages/reactors.ts";
import { type SendFrame, send } from "../lib/actions/messages/send.ts";
import { sync } from "../lib/actions/messages/sync.ts";
import { thread } from "../lib/actions/messages/thread.ts";
import { focus } from "../lib/actions/people/focus.ts";
import { hello } from "../lib/actions/people/hello.ts";
import { mentions } from "../lib/actions/people/mentions.ts";
import { read } from "../lib/actions/people/read.ts";
import { typing } from "../lib/actions/people/typing.ts";
import { who } from "../lib/actions/people/who.ts";
import { decline } from "../lib/actions/rooms/decline.ts";
import { join } from "../lib/actions/rooms/join.ts";
import { leave } from "../lib/actions/rooms/leave.ts";
import { mapInFlight } from "../lib/concurrency.ts";
import { type ConnectedCaller, connectionExpiryMs } from "../lib/model.ts";
import type { Ports } from "../lib/ports.ts";
import { limits } from "../lib/protocol/limits.ts";
import { directRoom } from "../lib/protocol/names.ts";
import { encodeFrame, postWithRetries } from "../lib/pubsub/post.ts";
import { roomTopic, userTopic } from "../lib/pubsub/topics.ts";
import { type Cost, meteredService } from "./meteredService.ts";
import { roomActions } from "./roomScenario.ts";

/** Who hears a message: everybody in the room but its sender. */
export const recipients = 10;
/** Rooms of one user, for a keep-alive. */
export const quietRooms = 11;
/** Enough for a full page of history, and for a full tail. */
const pastMessages = 60;
const room = "general";
export const text = "x".repeat(100);
const gateway = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/dev";
const fillsInFlight = 64;

/** Every one of them heard, and at its end. */
export const keepAlive = `sync, ${quietRooms} quiet rooms`;

/** The cost of each action, by its name, with `others` further connections in the service. */
export async function costsAmong(others: number, endpoint: string): Promise<Record<string, Cost>> {
  const { ports, costOf, close } = await meteredService(endpoint, `among-${others}-`);
  try {
    await connectOthers(others, ports);
    const names = Array.from({ length: 1 + recipients }, (_, index) => `member-${index}`);
    const members = await mapInFlight(names, 1, (name) => member(name, ports));
    for (let n = 0; n < pastMessages; n += 1) {
      await say({ room }, at(members, n % members.length), ports);
    }

    const costs: Record<string, Cost> = {};
    for (const [name, work] of Object.entries(await actions(members, ports))) {
      costs[name] = await costOf(work);
    }
    return costs;
  } finally {
    close();
  }
}

/** By name, in the order in which they are run. */
async function actions(members: readonly ConnectedCaller[], ports: Ports) {
  const [alice, bob, carol] = [at(members, 0), at(members, 1), at(members, 2)];
  const visitor = caller("visitor", ports);
  const { connection } = caller("bob-again", ports);
  const bobAgain = { ...bob, connection: { ...connection, user: bob.user } };
  await connect(bobAgain.connection, ports);
  const message = { room, cid: ports.newId() };
  const head = pastMessages + 1;
  const synced = { action: "sync", rooms: { [room]: head - 10 } } as const;
  const reaction = { action: "react", room, seq: head, emoji: "👍", on: true } as const;
  for (let n = 0; n < 19; n += 1) {
    const { user } = caller(`reactor-${n}`, ports);
    await ports.reactions.put(room, head, user, "👍", n);
  }
  const { resident, quiet } = await quietResident(ports);
  return {
    [`send to ${recipients} members`]: () => say(message, alice, ports),
    "send, again for want of an ack": () => say(message, alice, ports),
    "send to a user, the first": () => say({ to: bob.user }, alice, ports),
    "send to a user": () => say({ to: bob.user }, alice, ports),
    connect: () => connect(visitor.connection, ports),
    join: () => join({ action: "join", room }, visitor, ports),
    "hello, member of 2 rooms": () => hello({ action: "hello" }, alice, ports),
    "sync, the first of a connection": () => sync(synced, bobAgain, ports),
    "sync, 10 events": () => sync(synced, bobAgain, ports),
    [keepAlive]: () => sync({ action: "sync", rooms: quiet }, resident, ports),
    "history, 50 events": () => history({ room }, alice, ports),
    "events, 50 of them": () => events({ action: "events", room, seqs: seqsTo(50) }, alice, ports),
    edit: () => edit({ action: "edit", room, seq: head, text }, alice, ports),
    "react, the 20th user": () => react(reaction, alice, ports),
    "react, again": () => react(reaction, alice, ports),
    "reactors, 20 users": () => reactors({ action: "reactors", room, seq: head }, alice, ports),
    delete: () => deleteMessage({ action: "delete", room, seq: head }, alice, ports),
    "send, a reply in a thread": () =>
      say({ ...message, cid: ports.newId(), thread: 50 }, bob, ports),
    "count the replies, by the stream": async () => countReplies(ports),
    "thread, 1 reply": () => thread({ action: "thread", room, seq: 50 }, bob, ports),
    "send, mentioning 2": () => say({ room, mentions: [bob.user, carol.user] }, alice, ports),
    "mentions, 1 unread": () => mentions({ action: "mentions" }, carol, ports),
    read: () => read({ action: "read", room, seq: head }, alice, ports),
    typing: () => typing({ action: "typing", room, on: true }, alice, ports),
    who: () => who({ room }, alice, ports),
    ...(await requestActions(alice, ports)),
    ...(await roomActions([alice, bob, ...members.slice(2)], caller("guest", ports), ports)),
    ping: () => ping({ action: "ping" }, alice, ports),
    leave: () => leave({ action: "leave", room }, visitor, ports),
    "focus on a room": () => focus({ action: "focus", rooms: [room] }, alice, ports),
    disconnect: () => disconnect(carol.connection.connectionId, ports),
  };
}

/** What the recipient of a message request is asked, and the sender's next messages. */
async function requestActions(sender: ConnectedCaller, service: Ports) {
  const ports = { ...service, holdsRequests: true };
  const [asked, unwilling] = [caller("asked", ports), caller("unwilling", ports)];
  for (const { connection } of [asked, unwilling]) await connect(connection, ports);
  const [accepted, declined] = [asked, unwilling].map(({ user }) => directRoom(sender.user, user));
  await say({ to: unwilling.user }, sender, ports);
  return {
    "send, a message request": () => say({ to: asked.user }, sender, ports),
    "send, refused until that is accepted": () =>
      say({ to: asked.user }, sender, ports).then(
        () => {
          throw new Error("a second message was taken");
        },
        () => {},
      ),
    "join, accepting a message request": () =>
      join({ action: "join", room: String(accepted) }, asked, ports),
    "send to a user, where requests are held": () => say({ to: asked.user }, sender, ports),
    "decline, a message request": () =>
      decline({ action: "decline", room: String(declined) }, unwilling, ports),
  };
}

/** What the log's stream sets off behind a reply. */
async function countReplies(ports: Ports): Promise<void> {
  const recent = await ports.log.list(room, { limit: 5, order: "newest first" });
  const replies = recent.filter((event) => event.kind === "message" && event.thread !== undefined);
  await announceChanges(
    replies.map((event) => ({ room, event })),
    ports,
  );
}

const seqsTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Somebody who hears some rooms, and where they end. */
async function quietResident(ports: Ports) {
  const resident = caller("resident", ports);
  await connect(resident.connection, ports);
  const names = Array.from({ length: quietRooms }, (_, index) => `quiet-${index}`);
  for (const quiet of names) {
    await join({ action: "join", room: quiet }, resident, ports);
    await say({ room: quiet }, resident, ports);
  }
  return { resident, quiet: Object.fromEntries(names.map((quiet) => [quiet, 1])) };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no item ${index}`);
  return item;
}

/** As the `send` function does it: the ack is posted too. */
export async function say(
  to: Pick<SendFrame, "room" | "to" | "cid" | "thread" | "mentions">,
  from: ConnectedCaller,
  ports: Ports,
): Promise<void> {
  await send({ ...to, text }, from, ports, {
    acknowledge: async (ack) => {
      await postWithRetries(ports, from.connection, encodeFrame(ack));
    },
    exceptConnection: from.connection.connectionId,
    publishMs: limits.publishMs,
  });
}

async function member(name: string, ports: Ports): Promise<ConnectedCaller> {
  const joining = caller(name, ports);
  await connect(joining.connection, ports);
  await join({ action: "join", room }, joining, ports);
  return joining;
}

export function caller(name: string, { clock }: Pick<Ports, "clock">): ConnectedCaller {
  const user = name.padEnd(36, "-0123456789abcdef");
  const connectedAtMs = clock.nowMs();
  const expiresAtMs = connectionExpiryMs(connectedAtMs, Number.MAX_SAFE_INTEGER);
  const connectionId = Buffer.from(name.padEnd(11, "-").slice(-11)).toString("base64");
  const connection = { connectionId, gateway, user, connectedAtMs, expiresAtMs };
  return { user, name: "Somebody with a Name", connection, expiresAtMs };
}

/** Connections in rooms of their own, ten to each, as `connect` and `join` leave them behind. */
async function connectOthers(count: number, ports: Ports): Promise<void> {
  const others = Array.from({ length: count }, (_, index) => index);
  await mapInFlight(others, fillsInFlight, async (index) => {
    const { connection } = caller(`o-${index}`, ports);
    const topics = [userTopic(connection.user), roomTopic(`other-${Math.floor(index / 10)}`)];
    await ports.connections.add(connection, topics);
    for (const topic of topics) await ports.subscriptions.put({ ...connection, topic, shard: 0 });
  });
}
