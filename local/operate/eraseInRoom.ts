/**
 * Erases a user in one room. Their messages become tombstones as `delete` makes them, and their
 * reactions go from others' messages. Each message that changes gets its `changed` entry, because a
 * client that keeps what it has read learns of a change in no other way (promise 12).
 *
 * The whole log was read, so it is known which entries are there: a run that was killed behind a
 * change writes its entry at the next. A reaction's item is emptied first and goes last, so that it
 * says until then that its message may have to be counted.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { forgetMentions } from "../../lib/actions/messages/mentioning.ts";
import { putNext } from "../../lib/actions/messages/putNext.ts";
import { recounting } from "../../lib/actions/messages/recountReactions.ts";
import { busy } from "../../lib/actions/rooms/takeStep.ts";
import { deleteAll } from "../../lib/adapters/dynamodb/batch.ts";
import {
  eventKey,
  followerKey,
  memberKey,
  reactorKey,
  reportedKey,
  toKey,
} from "../../lib/adapters/dynamodb/items.ts";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { Reactor } from "../../lib/model.ts";
import { deletedFields } from "../../lib/protocol/events.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import type { ErasurePorts } from "./erasurePorts.ts";
import type { Count } from "./giveUpLead.ts";
import { followedAmong, logOf, reactionsAt, reportsIn, type UserTables } from "./userData.ts";

interface Work {
  tables: UserTables;
  ports: ErasurePorts;
  room: string;
  user: string;
  isDryRun: boolean;
  count: Count;
  progress(text: string): void;
}

/** What a part of a log holds of the user. */
interface Found {
  messages: MessageEvent[];
  /** Entries with a name or a reason. */
  entries: LogEvent[];
  reactions: (Reactor & { seq: number })[];
  /** The roots of threads that the user follows. */
  followed: number[];
  /** The highest version of each message that an entry announces. */
  announced: Map<number, number>;
  /** The last position. */
  last: number;
}

const changesInFlight = 8;
const progressEntries = 1_000;

export async function eraseInRoom(work: Work): Promise<void> {
  const { tables, ports, room, user, isDryRun, count } = work;
  const announced = new Map<number, number>();
  let last = 0;
  // Until nothing of the user is behind what was read: a message may have been on its way.
  for (;;) {
    const found = await findIn(work, last, announced);
    const { messages, entries, reactions, followed } = found;
    last = found.last;
    count("message", messages.filter(({ deleted }) => !deleted).length);
    count("entry", entries.length);
    count("reaction", reactions.filter(({ emoji }) => emoji.length > 0).length);
    count("thread", followed.length);
    const parts = [messages, entries, reactions, followed];
    if (isDryRun || parts.every((part) => part.length === 0)) break;
    await eraseFound(work, found);
  }
  const reports = await reportsIn(tables, room, user);
  count("report", reports.length);
  count("membership", (await ports.memberships.find(user, room)) === undefined ? 0 : 1);
  if (isDryRun) return;
  await deleteAll(
    tables.connections,
    reports.map(({ by, event }) => reportedKey(room, event.seq, by)),
  );
  await deleteAll(tables.rooms, [memberKey(user, room)]);
}

async function findIn(
  { tables, room, user }: Work,
  after: number,
  announced: Map<number, number>,
): Promise<Found> {
  const found: Found = {
    ...{ messages: [], entries: [], reactions: [], followed: [] },
    ...{ announced, last: after },
  };
  for await (const events of logOf(tables, room, after)) {
    for (const event of events) {
      found.last = event.seq;
      if (event.kind === "changed") {
        announced.set(event.of, Math.max(event.v, announced.get(event.of) ?? 0));
      } else if (event.kind === "message") {
        if (event.from === user) found.messages.push(event);
      } else if (saysMore(event, user)) found.entries.push(event);
    }
    const seqs = events.filter(({ kind }) => kind === "message").map(({ seq }) => seq);
    found.reactions.push(...(await reactionsAt(tables, room, seqs, user)));
    found.followed.push(...(await followedAmong(tables, room, seqs, user)));
  }
  return found;
}

/** Whether an entry by or about a user has their name, or a reason. */
function saysMore(event: LogEvent, user: string): boolean {
  if (event.kind === "member" && event.user === user && event.reason !== undefined) return true;
  const isTheirs = event.from === user;
  return isTheirs && (event.name !== undefined || (event.kind === "member" && !!event.reason));
}

async function eraseFound(work: Work, found: Found): Promise<void> {
  const { tables, ports, room, user, progress } = work;
  const changed = new Map<number, MessageEvent>();
  await mapInFlight(found.messages, changesInFlight, async (message) => {
    changed.set(message.seq, await deleted(work, message));
  });
  await mapInFlight(found.entries, changesInFlight, (entry) => strip(work, entry));
  await mapInFlight(found.reactions, changesInFlight, async ({ seq, emoji }) => {
    for (const one of emoji) await ports.reactions.remove(room, seq, user, one.emoji);
    const counted = await recounted(work, seq);
    if (counted !== undefined && !changed.has(seq)) changed.set(seq, counted);
  });
  let written = 0;
  for (const { seq, from, v = 1 } of changed.values()) {
    if (v <= Math.max(1, found.announced.get(seq) ?? 1)) continue;
    await putNext(ports, room, { kind: "changed", of: seq, v, from });
    found.announced.set(seq, v);
    written += 1;
    if (written % progressEntries === 0) progress(`${written} changes written in ${room} so far`);
  }
  await deleteAll(tables.rooms, [
    ...found.reactions.map(({ seq }) => reactorKey(room, seq, user)),
    ...found.followed.map((root) => followerKey(room, root, user)),
  ]);
}

/** A message's tombstone, which may be there. */
async function deleted({ ports, room }: Work, message: MessageEvent): Promise<MessageEvent> {
  if (message.deleted) return message;
  await forgetMentions(ports, room, message);
  const tombstone = { by: "author", atMs: ports.clock.nowMs() } as const;
  const change = { set: { deleted: tombstone }, remove: deletedFields };
  const now = await ports.log.change(room, message.seq, change);
  // Somebody else has deleted it meanwhile, and announces that.
  return now ?? message;
}

/** Take name and reason off an entry. It has no version, so nobody can be told of that. */
async function strip({ tables: { rooms }, room }: Work, { seq }: LogEvent): Promise<void> {
  await rooms.client.send(
    new UpdateItemCommand({
      TableName: rooms.name,
      Key: toKey(eventKey(room, seq)),
      // The stream is filtered by `delivery`, and would bring the entry again.
      UpdateExpression: "REMOVE #name, reason, delivery",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeNames: { "#name": "name" },
    }),
  );
}

/** A message whose reactions are counted anew; undefined for one that was deleted. */
async function recounted({ ports, room }: Work, seq: number): Promise<MessageEvent | undefined> {
  const decide = recounting(room, seq, ports);
  for (let attempt = 0; attempt < limits.changeAttempts; attempt += 1) {
    const found = await ports.log.findChangeable(room, seq);
    if (found === undefined || found.event.deleted) return undefined;
    const decided = await decide(found);
    if ("made" in decided) return found.event;
    const changed = await ports.log.change(room, seq, decided);
    if (changed !== undefined) return changed;
  }
  throw busy();
}
