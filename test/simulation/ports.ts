/**
 * The ports of one operation: what the memory adapters do, when the scheduler lets it be done. The
 * memory adapters perform a call all at once, so each of them is one request that DynamoDB would
 * serialize; what the real adapters do in several requests (pages of subscriptions, a put that the
 * SDK asks again) is several calls here too.
 */

import {
  pastIn,
  retainedLog,
  retainedMentions,
  retainedRooms,
} from "../../lib/actions/messages/retained.ts";
import type { SweepPorts } from "../../lib/actions/messages/sweep.ts";
import { typingPace } from "../../lib/actions/people/typingPace.ts";
import type { KnownConnection, Subscription, SubscriptionKey } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import {
  read,
  scheduledBlocks,
  scheduledExpiry,
  scheduledMentions,
  scheduledReactions,
  scheduledReplies,
  scheduledReports,
  write,
} from "./portsBesideTheLog.ts";
import type { Task } from "./scheduler.ts";
import { sketch } from "./sketch.ts";
import type { Stores } from "./stores.ts";

export interface PortOptions {
  /** Whether this put's answer is lost, so that it is asked again underneath. */
  isPutAnswerLost: () => boolean;
  pageSize: number;
  /** Whether a stranger's first message waits to be accepted. */
  holdsRequests: boolean;
  /** For how long messages are kept; Infinity: for good. */
  retentionMs: number;
  /** Called when a page of a shard has been read. */
  pageRead: () => void;
  /** Stands for `limits.directConnections`, of which a simulation has fewer. */
  largeRoomConnections: number;
  random: () => number;
  newId: () => string;
  newTag: () => string;
  nowMs: () => number;
  onReport: Ports["report"];
  /** Called when a frame is posted, to whoever may be there. */
  onPost: (connection: string, frame: ServerFrame) => void;
}

export function scheduledPorts(
  task: Pick<Task, "call" | "wait">,
  stores: Stores,
  options: PortOptions,
): Ports & { sweeping: SweepPorts } {
  const raw = {
    log: scheduledLog(task, stores, options),
    rooms: scheduledRooms(task, stores),
    mentions: scheduledMentions(task, stores),
    clock: { nowMs: options.nowMs, wait: (ms: number) => task.wait(ms) },
    report: options.onReport,
  };
  const longestMs = options.retentionMs;
  return {
    ...raw,
    ...(longestMs < Number.POSITIVE_INFINITY && keptOnly(raw, longestMs)),
    sweeping: { ...raw, expiry: scheduledExpiry(task, stores), longestMs },
    memberships: scheduledMemberships(task, stores),
    blocks: scheduledBlocks(task, stores),
    reported: scheduledReports(task, stores),
    allowance: async () => 0,
    reactions: scheduledReactions(task, stores),
    replies: scheduledReplies(task, stores),
    connections: scheduledConnections(task, stores),
    subscriptions: scheduledSubscriptions(task, stores, options),
    sockets: scheduledSockets(task, stores, options),
    newId: options.newId,
    newMark: options.newTag,
    newPrivateRoom: () =>
      `p-${options
        .newTag()
        .toLowerCase()
        .replace(/[^a-z2-7]/g, "z")
        .padStart(22, "a")}`,
    isReserved: () => false,
    holdsRequests: options.holdsRequests,
    retains: true,
    newTag: options.newTag,
    random: options.random,
    // Each operation runs in a function instance of its own.
    typingPace: typingPace(),
    measure: () => {},
  };
}

/** As functions have them that read for somebody, in a deployment that keeps for a time only. */
function keptOnly(
  { log, rooms, mentions, clock }: Pick<Ports, "log" | "rooms" | "mentions" | "clock">,
  longestMs: number,
): Pick<Ports, "log" | "rooms" | "mentions"> {
  const pastMs = pastIn({ longestMs, rooms, clock });
  return {
    log: retainedLog(log, pastMs),
    rooms: retainedRooms(rooms),
    mentions: retainedMentions(mentions, pastMs),
  };
}

function scheduledSockets(
  task: Pick<Task, "call" | "wait">,
  { network }: Stores,
  { onPost }: PortOptions,
): Ports["sockets"] {
  return {
    async post({ gateway, connectionId }, bytes, withinMs) {
      const frame = JSON.parse(new TextDecoder().decode(bytes)) as ServerFrame;
      const label = `post ${connectionId} ${sketch(frame)}`;
      const result = await task.call(label, [write("inbox", connectionId)], async () => {
        onPost(connectionId, frame);
        return network.post(gateway, connectionId, frame);
      });
      if (result !== "silent") return result;
      await task.wait(withinMs);
      network.giveUp(connectionId);
      return "failed";
    },
    close: ({ connectionId }) =>
      task.call(`close ${connectionId}`, [write("inbox", connectionId)], async () =>
        network.close(connectionId) ? "delivered" : "gone",
      ),
  };
}

function scheduledLog(task: Pick<Task, "call">, stores: Stores, options: PortOptions) {
  const log: Ports["log"] = {
    tail: (room, limit) =>
      task.call(`log.tail ${room}`, [read(`log:${room}`)], () => stores.log.tail(room, limit)),
    setDelivery: (room, delivery) =>
      task.call(`log.setDelivery ${room} ${delivery}`, [write(`log:${room}`)], () =>
        stores.log.setDelivery(room, delivery),
      ),
    handOver: (room, seq) =>
      task.call(`log.handOver ${room} ${seq}`, [write(`log:${room}`)], () =>
        stores.log.handOver(room, seq),
      ),
    list: (room, range) =>
      task.call(`log.list ${room}`, [read(`log:${room}`)], () => stores.log.list(room, range)),
    find: (room, seq) =>
      task.call(`log.find ${room} ${seq}`, [read(`log:${room}`)], () => stores.log.find(room, seq)),
    findAll: (room, seqs) =>
      task.call(`log.findAll ${room} ${seqs}`, [read(`log:${room}`)], () =>
        stores.log.findAll(room, seqs),
      ),
    findChangeable: (room, seq) =>
      task.call(`log.findChangeable ${room} ${seq}`, [read(`log:${room}`)], () =>
        stores.log.findChangeable(room, seq),
      ),
    change: (room, seq, change) =>
      task.call(`log.change ${room} ${seq}`, [write(`log:${room}`)], () =>
        stores.log.change(room, seq, change),
      ),
    async put(room, event) {
      const label = `log.put ${room} ${event.seq} ${event.from} ${event.cid}`;
      const put = (again = "") =>
        task.call(label + again, [write(`log:${room}`)], () => stores.put(room, event));
      const result = await put();
      return options.isPutAnswerLost() ? put(" again") : result;
    },
  };
  return log;
}

function scheduledRooms(task: Pick<Task, "call">, { log }: Stores): Ports["rooms"] {
  return {
    find: (room) =>
      task.call(`rooms.find ${room}`, [read(`log:${room}`)], () => log.onRooms.find(room)),
    listDirectory: (after, limit) =>
      task.call("rooms.listDirectory", [], () => log.onRooms.listDirectory(after, limit)),
    change: (room, change) =>
      task.call(`rooms.change ${room} ${change.fromRev}`, [write(`log:${room}`)], () =>
        log.onRooms.change(room, change),
      ),
  };
}

function scheduledMemberships(task: Pick<Task, "call">, stores: Stores): Ports["memberships"] {
  const { memberships } = stores;
  return {
    find: (user, room) =>
      task.call(`memberships.find ${user} ${room}`, [read(`members:${user}`, room)], () =>
        memberships.find(user, room),
      ),
    list: (user, after, limit) =>
      task.call(`memberships.list ${user}`, [read(`members:${user}`)], () =>
        memberships.list(user, after, limit),
      ),
    listInvitations: (user, limit) =>
      task.call(`memberships.listInvitations ${user}`, [], () =>
        memberships.listInvitations(user, limit),
      ),
    add: (user, membership) =>
      task.call(
        `memberships.add ${user} ${membership.room}`,
        [write(`members:${user}`, membership.room)],
        () => memberships.add(user, membership),
      ),
    addWriter: (user, membership) =>
      task.call(
        `memberships.addWriter ${user} ${membership.room}`,
        [write(`members:${user}`, membership.room)],
        () => memberships.addWriter(user, membership),
      ),
    listMembers: (room, max) =>
      task.call(`memberships.listMembers ${room}`, [], () => memberships.listMembers(room, max)),
    listPage: (room, which, after, limit) =>
      task.call(`memberships.listPage ${room}`, [], () =>
        memberships.listPage(room, which, after, limit),
      ),
    change: (user, change) =>
      task.call(
        `memberships.change ${user} ${change.room} ${change.state ?? "member"}`,
        [write(`members:${user}`, change.room)],
        () => memberships.change(user, change),
      ),
    listUsers: (room, max) =>
      task.call(`memberships.listUsers ${room}`, [read(room)], () =>
        memberships.listUsers(room, max),
      ),
    prefer: (user, room, change) =>
      task.call(`memberships.prefer ${user} ${room}`, [write(`members:${user}`, room)], () =>
        memberships.prefer(user, room, change),
      ),
    takeMark: (user, room, seq) =>
      task.call(`memberships.takeMark ${user} ${room}`, [write(`members:${user}`, room)], () =>
        memberships.takeMark(user, room, seq),
      ),
    moveRead: (user, room, position) =>
      task.call(`memberships.moveRead ${user} ${room}`, [write(`members:${user}`, room)], () =>
        memberships.moveRead(user, room, position),
      ),
  };
}

function scheduledConnections(task: Pick<Task, "call">, stores: Stores): Ports["connections"] {
  const { connections } = stores;
  const item = (id: string) => `connection:${id}`;
  return {
    add: (connection, topics) => {
      const id = connection.connectionId;
      return task.call(`connections.add ${id}`, [write(item(id))], () =>
        connections.add(connection, topics),
      );
    },
    find: (id) => task.call(`connections.find ${id}`, [read(item(id))], () => connections.find(id)),
    addTopics: (id, topics, sizeMax) =>
      task.call(`connections.addTopics ${id} ${[...topics.keys()]}`, [write(item(id))], () =>
        connections.addTopics(id, topics, sizeMax),
      ),
    replaceTopics: (id, topics, replaced, revision) =>
      task.call(`connections.replaceTopics ${id} ${[...topics.keys()]}`, [write(item(id))], () =>
        connections.replaceTopics(id, topics, replaced, revision),
      ),
    confirmTopics: (id, topics, epoch) =>
      task.call(`connections.confirmTopics ${id}`, [write(item(id))], () =>
        connections.confirmTopics(id, topics, epoch),
      ),
    withdrawTopic: (id, topic, shard, revision) =>
      task.call(`connections.withdrawTopic ${id} ${topic}`, [write(item(id))], () =>
        connections.withdrawTopic(id, topic, shard, revision),
      ),
    removeTopic: (id, topic, revision) =>
      task.call(`connections.removeTopic ${id} ${topic}`, [write(item(id))], () =>
        connections.removeTopic(id, topic, revision),
      ),
    end: (id) => task.call(`connections.end ${id}`, [write(item(id))], () => connections.end(id)),
    // A batch is many requests in one: nothing keeps others from coming in between.
    async findAll(ids) {
      const found: KnownConnection[] = [];
      for (const id of new Set(ids)) found.push(...[(await this.find(id)) ?? []].flat());
      return found;
    },
    async removeAll(ids) {
      for (const id of new Set(ids)) {
        await task.call(`connections.removeAll ${id}`, [write(item(id))], () =>
          connections.removeAll([id]),
        );
      }
    },
  };
}

function scheduledSubscriptions(
  task: Pick<Task, "call">,
  { subscriptions, subscribersOf }: Stores,
  { pageSize, pageRead, largeRoomConnections }: PortOptions,
): Ports["subscriptions"] {
  const touch = <T>(name: string, key: SubscriptionKey, work: () => Promise<T>) =>
    task.call(
      `subscriptions.${name} ${key.topic} ${key.connectionId}`,
      [write(key.topic, key.connectionId)],
      work,
    );
  const page = (topic: string, shard: number, after: string) =>
    task.call(`subscriptions.list ${topic} ${shard}`, [read(topic)], async () => {
      const all = await subscribersOf(topic, shard);
      pageRead();
      return all.filter(({ connectionId }) => connectionId > after).slice(0, pageSize);
    });
  const shardsOf = (topic: string) => subscriptions.shardsOf(topic);
  return {
    put: (subscription) => touch("put", subscription, () => subscriptions.put(subscription)),
    reserve: (subscription) =>
      touch("reserve", subscription, () => subscriptions.reserve(subscription)),
    confirm: (key, epoch) => touch("confirm", key, () => subscriptions.confirm(key, epoch)),
    hear: (subscription, epoch) =>
      touch("hear", subscription, () => subscriptions.hear(subscription, epoch)),
    withhold: (subscription, epoch) =>
      touch("withhold", subscription, () => subscriptions.withhold(subscription, epoch)),
    // A batch is many requests in one.
    async heardOf(keys) {
      const found: SubscriptionKey[] = [];
      for (const key of keys) {
        const heard = await task.call(
          `subscriptions.heardOf ${key.topic} ${key.connectionId}`,
          [read(key.topic, key.connectionId)],
          () => subscriptions.heardOf([key]),
        );
        found.push(...heard);
      }
      return found;
    },
    async removeAll(keys) {
      for (const key of keys) await touch("remove", key, () => subscriptions.removeAll([key]));
    },
    shardsOf: (topic) =>
      task.call(`subscriptions.shardsOf ${topic}`, [read(topic, "shards")], () => shardsOf(topic)),
    split: (topic, shards) =>
      task.call(`subscriptions.split ${topic} ${shards}`, [write(topic, "shards")], () =>
        subscriptions.split(topic, shards),
      ),
    async listSome(topic, asked) {
      const max = asked === limits.directConnections ? largeRoomConnections : asked;
      // As the real one: the first shard says how many there are.
      const readShard = (shard: number) =>
        task.call(`subscriptions.list ${topic} ${shard}`, [read(topic)], async () => ({
          part: await subscribersOf(topic, shard),
          shards: await shardsOf(topic),
        }));
      const { part, shards } = await readShard(0);
      const isTooWide = shards > limits.shardsReadAtOnce;
      const others = Array.from({ length: isTooWide ? 0 : shards - 1 }, (_, index) =>
        readShard(index + 1),
      );
      const found = [part, ...(await Promise.all(others)).map((other) => other.part)].flat();
      return { found: found.slice(0, max), isAll: !isTooWide && found.length <= max };
    },
    async *listShard(topic, shard, after = "") {
      let next: Promise<Subscription[]> | undefined = page(topic, shard, after);
      while (next) {
        const found: Subscription[] = await next;
        const last: Subscription | undefined = found[pageSize - 1];
        next = last && page(topic, shard, last.connectionId); // read ahead, as the real one does
        yield found;
      }
    },
  };
}
