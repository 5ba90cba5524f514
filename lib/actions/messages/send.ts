/**
 * Accept one message into a room.
 *
 * Store first, announce second: a member may see a message late, but never one that history does
 * not hold. If we die in between, the sender retries with the same `cid`, it is found where it was
 * stored the first time, and it is announced again. Receivers drop a position they have, so twice
 * is harmless; not at all would not be.
 *
 * Who hears the room is read as soon as the sender is known to be a member, so that they are posted
 * to when the put has answered; and again behind it, for those who have come since. Nothing of this
 * is kept for the next message: somebody who has left by then is not posted to.
 *
 * A direct room's memberships come before its first message, the other's before the sender's own: a
 * room that has a message has both, and no message is ever one that its recipient cannot find.
 */

import type { NewReplies } from "../../messagePorts.ts";
import type { Caller, Membership, RoomItem, StoredEvent, Tail } from "../../model.ts";
import type { NewMemberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { directRoom, parseRoom, type Room } from "../../protocol/names.ts";
import type { MessageEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { type EarlyAudience, readEarly } from "../../pubsub/topics.ts";
import { assertAllowance } from "../allowance.ts";
import {
  type PublishEventOptions,
  type PublishEventPorts,
  publishEvent,
  publishToUser,
} from "../publish.ts";
import {
  assertMember,
  assertNotBlocked,
  assertNotOthersRoom,
  findMember,
  findOther,
  heardAlone,
  notTaken,
  otherIn,
  type RequestPorts,
} from "../rooms/membership.ts";
import { type Asked, assertAllowed, roleOf } from "../rooms/rights.ts";
import { type Draft, decideAppend, headOf, olderThan } from "./append.ts";
import { messageFor } from "./findMessage.ts";
import { assertFewMembers, type MentioningPorts, mentionable, noteMentions } from "./mentioning.ts";

export type SendPorts = PublishEventPorts & {
  memberships: NewMemberships;
  replies: NewReplies;
} & Pick<Ports, "newId" | "newTag" | "allowance"> &
  MentioningPorts &
  RequestPorts;

/** `isAdmin`: a server of the operator's, which writes to as many as it has to. */
type SendCaller = Caller & { isAdmin?: boolean };

export interface SendOptions extends PublishEventOptions {
  /** Called with the ack when the message is stored, behind the first post that begins at once. */
  acknowledge?: (ack: ServerFrame<"ack">) => Promise<void>;
}

export type SendFrame = Omit<ClientFrame<"send">, "action" | "id">;

/**
 * @throws ChatError `not_member`, `forbidden`, `bad_request`, `log_reset`, `sync_first`,
 * `closed`, `muted`, `rate_limited`
 */
export async function send(
  frame: SendFrame,
  caller: SendCaller,
  ports: SendPorts,
  options: SendOptions,
): Promise<ServerFrame<"ack">> {
  const room = parseRoom(frame.room ?? directRoom(caller.user, frame.to ?? caller.user));
  assertNotOthersRoom(room, caller.user);
  const draft = draftOf(frame, room, caller, ports);
  // The one action that reads the log beside the membership, because people wait for a message.
  // A stranger costs these two reads, fewer than a message that is stored, and how long it takes
  // says nothing: anybody may join and read a public room, and nobody guesses a private one's name.
  const { replyTo, thread, mentions, everyone } = frame;
  const find = (seq?: number) => (seq === undefined ? undefined : ports.log.find(room.name, seq));
  const [sides, tail, quoted, root, mentioned] = await Promise.all([
    findSides(room, caller.user, ports),
    ports.log.tail(room.name, limits.tailEvents),
    find(replyTo),
    find(thread),
    mentions && mentionable(ports, room, caller.user, mentions),
  ]);
  const { member, other, early } = sides;
  assertMember(room, caller.user, member);
  const asked = askedOf(draft, member, tail.room);
  if (asked?.mine === "member") draft.slowModeMs = tail.room.slowModeMs;
  if (mentioned?.length) draft.mentions = mentioned;
  const begins = ports.holdsRequests && other === undefined && isToStranger(room, tail);
  const isHeld = other?.state !== undefined || (begins && !caller.isAdmin);
  const place: Place = { room, tail, isHeld };
  const assertMayAppend = async () => {
    if (asked) assertAllowed(asked);
    assertNotBlocked(room, caller.user, tail.room);
    if (other?.state === "left") throw notTaken();
    // Before what would tell that it waits still: a block or a decline has refused by now.
    assertFirst(place, caller.user, tail.events, headOf(tail.events).n + 1);
    await assertMayBegin(place, caller, ports);
    // A quote is a position. What it shows is the message as it is when somebody reads it.
    if (replyTo !== undefined && !messageFor(member, quoted)) throw noPlace("replyTo");
    if (thread !== undefined && !isRoot(messageFor(member, root))) throw noPlace("thread");
    if (everyone) await assertFewMembers(ports, room);
  };
  const { event, isDuplicate, headSeq } = await append(place, draft, assertMayAppend, ports);
  if (event.kind === "message") await note(event, room, ports);

  const { seq, n, tag, prev, cid, sentAtMs } = event;
  const ack: ServerFrame<"ack"> = {
    type: "ack",
    room: room.name,
    ...{ seq, n, tag },
    ...(prev !== undefined && { prev }),
    ...{ cid, sentAtMs },
  };
  if (isDuplicate) ack.duplicate = true;
  else ports.measure("accepted", 1);
  // An older duplicate has been announced, or synced, long ago.
  const isNews = !isDuplicate || seq > headSeq - limits.tailEvents;
  let acked: Promise<void> | undefined;
  const acknowledge = () => {
    acked ??= options.acknowledge?.(ack);
  };
  // A recipient waits for more than its sender, who sees the message: the ack lets one post go
  // ahead, never a reading.
  if (isHeld || !early?.isRead) acknowledge();
  if (isNews) await tell(place, event, early, ports, { ...options, begun: acknowledge });
  acknowledge();
  await acked;
  return ack;
}

interface Sides {
  member: Membership | undefined;
  /** The other user of a direct room. */
  other: Membership | undefined;
  /** Nobody for a stranger's message, nor for one that may have to wait for being accepted. */
  early?: EarlyAudience;
}

/** Those a message is from and to. */
async function findSides(room: Room, user: string, ports: SendPorts): Promise<Sides> {
  const [member, other] = await Promise.all([
    findMember(ports, user, room),
    findOther(ports, room, user),
  ]);
  const hasRequests = ports.holdsRequests && otherIn(room, user) !== undefined;
  const mayBeHeld = hasRequests && (other === undefined || other.state !== undefined);
  if (member === undefined || mayBeHeld) return { member, other };
  return { member, other, early: readEarly(ports, room) };
}

/** Where a message goes. */
interface Place {
  room: Room;
  tail: Tail;
  /** Whether the other user of a direct room hears nothing there: it is a request, or was one. */
  isHeld: boolean;
}

/**
 * Tell who hears the room. Of a request, its recipient hears that there is one; and the message, if
 * they have accepted it since.
 */
async function tell(
  { room, isHeld, tail }: Place,
  event: StoredEvent,
  early: EarlyAudience | undefined,
  ports: SendPorts,
  options: SendOptions,
): Promise<void> {
  const by = event.from;
  const state = isHeld && (await findOther(ports, room, by))?.state;
  const heard = state ? heardAlone(room, by) : room;
  const user = otherIn(room, by) ?? by;
  const invited = { type: "invited", room: room.name, user, by } as const;
  const isTold = state === "invited" && !tail.room.blockedBy?.includes(user);
  await Promise.all([
    publishEvent(heard, event, early, ports, options),
    isTold && publishToUser(ports, user, invited, { withinMs: options.publishMs }),
  ]);
}

/** No thread hangs on a reply. */
const isRoot = (message: MessageEvent | undefined): boolean =>
  message !== undefined && typeof message.thread !== "number";

const noPlace = (field: string): ChatError =>
  new ChatError("bad_request", `${field} is no message for that`);

/** What has to be there when the sender is told that the message is. */
async function note(event: MessageEvent, room: Room, ports: SendPorts): Promise<void> {
  const { seq, from, thread, mentions, everyone } = event;
  if (mentions || everyone) await noteMentions(ports, room, event);
  if (typeof thread === "number") await ports.replies.put(room.name, thread, { seq, user: from });
}

/** Nothing, where nothing was ever set of the room and nobody is muted: every member may send. */
function askedOf(
  { from, sentAtMs, everyone }: Draft,
  member: Membership,
  room: RoomItem,
): Asked | undefined {
  const { mutedUntilMs } = member;
  if (room.rev === 0 && mutedUntilMs === undefined && !everyone) return undefined;
  const act = everyone ? "mention everyone" : "send";
  return { act, mine: roleOf(from, member, room), room, mutedUntilMs, nowMs: sentAtMs };
}

function draftOf(
  frame: SendFrame,
  room: Room,
  caller: Caller,
  ports: Pick<Ports, "clock" | "newId" | "newTag">,
): Draft {
  return {
    room: room.name,
    from: caller.user,
    ...(caller.name !== undefined && { name: caller.name }),
    cid: frame.cid ?? ports.newId(),
    text: frame.text,
    ...(frame.data !== undefined && { data: frame.data }),
    ...(frame.replyTo !== undefined && { replyTo: frame.replyTo }),
    ...(frame.thread !== undefined && { thread: frame.thread }),
    ...(frame.inRoom && { inRoom: frame.inRoom }),
    ...(frame.everyone && { everyone: frame.everyone }),
    sentAtMs: ports.clock.nowMs(),
    tag: ports.newTag(),
    ...(frame.afterTag !== undefined && { afterTag: frame.afterTag }),
    ...(frame.after !== undefined && { after: frame.after }),
  };
}

interface Appended {
  event: StoredEvent;
  isDuplicate: boolean;
  headSeq: number;
}

/**
 * Find the message where it is, or put it at the first free position. A message that is stored is
 * acked again even if its sender has lost the right, or was blocked, since.
 */
async function append(
  place: Place,
  draft: Draft,
  assertMayAppend: () => Promise<void>,
  ports: SendPorts,
): Promise<Appended> {
  const { room, tail } = place;
  let recent = await withOlder(draft, tail.events, ports);
  let decision = decideAppend(recent, draft);
  if (decision.kind === "append") {
    await assertMayAppend();
    await beginWriting(place, draft, ports);
  }
  for (let attempt = 0; attempt < limits.appendAttempts; attempt += 1) {
    if (decision.kind === "duplicate") {
      return { event: decision.event, isDuplicate: true, headSeq: headOf(recent).seq };
    }
    const event: StoredEvent = decision.event;
    assertFirst(place, draft.from, recent, event.n);
    if (tail.delivery === "stream") event.delivery = "stream";
    const stored = await ports.log.put(room.name, event);
    ports.measure("appendAttempts", 1);
    if (stored === "stored") return { event, isDuplicate: false, headSeq: event.seq };
    recent = [stored, ...recent];
    decision = decideAppend(recent, draft);
  }
  throw new ChatError("rate_limited", "the room is too busy just now", {
    retryAfterMs: Math.ceil(limits.senderWindowMs * (1 - ports.random())),
  });
}

/** A request has one message until it is answered. @throws ChatError `forbidden` */
function assertFirst(
  { isHeld }: Place,
  sender: string,
  recent: readonly StoredEvent[],
  n: number,
): void {
  const isAnswered = recent.some(({ from }) => from !== sender);
  if (isHeld && n > limits.requestMessages && !isAnswered) throw notTaken();
}

async function withOlder(
  draft: Draft,
  tail: readonly StoredEvent[],
  ports: SendPorts,
): Promise<readonly StoredEvent[]> {
  const range = olderThan(tail, draft);
  if (range === undefined) return tail;
  const found = [...tail, ...(await ports.log.list(draft.room, range))];
  const { after, afterTag } = draft;
  // What the sender has at `after` may be an entry that was left out.
  const isKnown = afterTag === undefined || found.some(({ seq }) => seq === after);
  const at = isKnown || after === undefined ? undefined : await ports.log.find(draft.room, after);
  return at ? [...found, at] : found;
}

/** The first message of a direct room is one to a stranger, who gets so many of them in an hour. */
async function assertMayBegin(
  { room, tail }: Place,
  caller: SendCaller,
  ports: SendPorts,
): Promise<void> {
  if (!isToStranger(room, tail)) return;
  await assertAllowance(ports, caller, "strangers");
}

function isToStranger({ users }: Room, { events }: Tail): boolean {
  return users !== undefined && users[0] !== users[1] && events.length === 0;
}

/**
 * Before a user's first message in a direct room: its memberships, unless somebody wrote there
 * already, and a note that this user has written. A tail with an event of theirs says that all this
 * was done; without one it is done again, which costs a write and changes nothing. Where it is a
 * request, the other's membership is an invitation. To write is to accept one's own.
 */
async function beginWriting(
  { room: { name, users }, tail, isHeld }: Place,
  draft: Draft,
  ports: SendPorts,
): Promise<void> {
  if (users === undefined || tail.events.some(({ from }) => from === draft.from)) return;
  const membership = { room: name, joinedAtMs: draft.sentAtMs, readSeq: 0, readN: 0 };
  const other = users.find((user) => user !== draft.from);
  if (other !== undefined && tail.events.length === 0) {
    const request = isHeld && ({ state: "invited", invitedBy: draft.from, rev: 1 } as const);
    await ports.memberships.add(other, { ...membership, ...request });
  }
  await ports.memberships.addWriter(draft.from, membership);
}
