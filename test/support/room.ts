/** A room of a test's own, and what its members have got to see of it. */
import { dynamoMemberships } from "../../lib/adapters/dynamodb/memberships.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { defaultTablePrefix, localClient } from "../../local/emulator/database/tables.ts";
import { type Client, connect } from "./client.ts";
import { type Endpoints, fresh, shared } from "./endpoints.ts";
import { logEvent } from "./fixtures.ts";
import { putAll } from "./putAll.ts";

/** One connection for each name, joined to a new room in this order, with nothing unread. */
export async function roomOf<N extends readonly string[]>(
  ...names: N
): Promise<{ room: string; clients: { [I in keyof N]: Client } }> {
  const room = fresh("room");
  const clients: Client[] = [];
  for (const name of names) clients.push(await member(name, room));
  await Promise.all(clients.map((client) => client.settled()));
  return { room, clients: clients as { [I in keyof N]: Client } };
}

/** Let connections look at a room, and at no other. */
export async function look(room: string, ...clients: readonly Client[]): Promise<void> {
  for (const client of clients) {
    const { rooms } = await client.request("focused", { action: "focus", rooms: [room] });
    if (rooms.some((one) => "error" in one)) throw new Error(`${client.user} cannot see ${room}`);
  }
}

/** A new user's connection, joined to a room. */
export async function member(name: string, room: string, at?: Endpoints): Promise<Client> {
  const client = await connect(fresh(name), { ...(at && { at }) });
  await client.request("joined", { action: "join", room });
  return client;
}

/** Make a user a member of rooms, without as many requests. */
export async function memberOf(rooms: readonly string[], user: string): Promise<void> {
  const client = localClient(shared().databaseUrl);
  const membership = { joinedAtMs: Date.now(), readSeq: 0, readN: 0 };
  await putAll({ client, name: `${defaultTablePrefix}rooms` }, async (table) => {
    for (const room of rooms) await dynamoMemberships(table).add(user, { room, ...membership });
  });
  client.destroy();
}

/**
 * Put as many messages of a user into an empty room's log as the rate limit allows, all of them
 * sent so long ago; a time that is still to come is recent, however slow the machine. Their names
 * are c-1, c-2 and so on.
 */
export async function fillWindow(room: string, from: string, agoMs: number): Promise<void> {
  const message = { from, text: "hi", sentAtMs: Date.now() - agoMs };
  const seqs = Array.from({ length: limits.senderEvents }, (_, index) => index + 1);
  const events = seqs.map((seq) => logEvent(seq, message));
  await fillLog(room, events);
}

/** Put events into an empty room's log, of the service that the tests share by default. */
export async function fillLog(
  room: string,
  events: readonly LogEvent[],
  databaseUrl = shared().databaseUrl,
): Promise<void> {
  const client = localClient(databaseUrl);
  await putAll({ client, name: `${defaultTablePrefix}rooms` }, async (table) => {
    for (const event of events) await dynamoMessageLog(table).put(room, event);
  });
  client.destroy();
}

/** The newest events of a room, at most 100. */
export async function logOf(room: string, member: Client): Promise<LogEvent[]> {
  return (await member.request("history", { action: "history", room, limit: 100 })).events;
}

/** The events that were pushed to a connection so far, as often as they were, by position. */
export function pushedTo(client: Client): LogEvent[] {
  const events = client.received("events").flatMap((frame) => frame.events);
  return events.sort((a, b) => a.seq - b.seq);
}

/** Resolves when so many events have been pushed to a connection. */
export async function untilPushed(client: Client, count: number): Promise<LogEvent[]> {
  while (pushedTo(client).length < count) await client.next("events");
  return pushedTo(client);
}

/** Resolves when a text has been pushed to a connection, with its event. */
export async function hears(client: Client, text: string): Promise<LogEvent> {
  const isIt = (event: LogEvent) => event.text === text;
  const { events } = await client.next("events", (frame) => frame.events.some(isIt));
  return events.find(isIt) as LogEvent;
}

/** The texts that were pushed to a connection so far, each once, however often it was posted. */
export function heardBy(client: Client): string[] {
  return [...new Set(pushedTo(client).map(({ text }) => text ?? ""))];
}
