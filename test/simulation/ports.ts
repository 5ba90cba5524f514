/**
 * The ports of one operation: what the memory adapters do, when the scheduler lets it be done. The
 * memory adapters perform a call all at once, so each of them is one request that DynamoDB would
 * serialize; what the real adapters do in several requests (pages of subscriptions, a put that the
 * SDK asks again) is several calls here too.
 */
import type { Subscription } from "../../lib/domain/model.ts";
import type { Ports } from "../../lib/ports.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Access, Scheduler, Task } from "./scheduler.ts";
import type { Stores } from "./stores.ts";

export interface PortOptions {
  /** Whether this put's answer is lost, so that it is asked again underneath. */
  isPutAnswerLost: () => boolean;
  pageSize: number;
  random: () => number;
  newId: () => string;
  nowMs: () => number;
  onReport: (what: string) => void;
}

export function scheduledPorts(
  scheduler: Scheduler,
  task: Pick<Task, "call" | "wait">,
  stores: Stores,
  options: PortOptions,
): Ports {
  return {
    log: scheduledLog(task, stores, options),
    memberships: scheduledMemberships(task, stores),
    connections: scheduledConnections(task, stores),
    subscriptions: scheduledSubscriptions(task, stores, options),
    gateways: {
      post: ({ connectionId }, bytes) => {
        const frame = JSON.parse(new TextDecoder().decode(bytes)) as ServerFrame;
        const label = `post ${connectionId} ${sketch(frame)}`;
        return task.call(label, [write("inbox", connectionId)], async () =>
          stores.network.post(connectionId, frame),
        );
      },
      close: ({ connectionId }) =>
        task.call(`close ${connectionId}`, [write("inbox", connectionId)], async () =>
          stores.network.close(connectionId),
        ),
    },
    clock: {
      nowMs: options.nowMs,
      wait: (ms) => task.wait(ms),
    },
    newId: options.newId,
    random: options.random,
    report: (what) => {
      scheduler.touch();
      options.onReport(what);
    },
  };
}

function scheduledLog(task: Pick<Task, "call">, stores: Stores, options: PortOptions) {
  const log: Ports["log"] = {
    list: (room, range) =>
      task.call(`log.list ${room}`, [read(`log:${room}`)], () => stores.log.list(room, range)),
    find: (room, seq) =>
      task.call(`log.find ${room} ${seq}`, [read(`log:${room}`)], () => stores.log.find(room, seq)),
    async put(room, event) {
      const putId = Symbol(event.cid);
      const label = `log.put ${room} ${event.seq} ${event.from} ${event.cid}`;
      const put = (again = "") =>
        task.call(label + again, [write(`log:${room}`)], () => stores.put(room, event, putId));
      const result = await put();
      return options.isPutAnswerLost() ? put(" again") : result;
    },
  };
  return log;
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
    add: (user, membership) =>
      task.call(
        `memberships.add ${user} ${membership.room}`,
        [write(`members:${user}`, membership.room)],
        () => memberships.add(user, membership),
      ),
    remove: (user, room) =>
      task.call(`memberships.remove ${user} ${room}`, [write(`members:${user}`, room)], () =>
        memberships.remove(user, room),
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
    addTopic: (id, topic) =>
      task.call(`connections.addTopic ${id} ${topic}`, [write(item(id))], () =>
        connections.addTopic(id, topic),
      ),
    removeTopic: (id, topic, revision) =>
      task.call(`connections.removeTopic ${id} ${topic}`, [write(item(id))], () =>
        connections.removeTopic(id, topic, revision),
      ),
    remove: (id, revision) =>
      task.call(`connections.remove ${id}`, [write(item(id))], () =>
        connections.remove(id, revision),
      ),
  };
}

function scheduledSubscriptions(
  task: Pick<Task, "call">,
  { subscriptions, subscribersOf }: Stores,
  { pageSize }: PortOptions,
): Ports["subscriptions"] {
  const page = (topic: string, after: string) =>
    task.call(`subscriptions.list ${topic}`, [read(topic)], async () =>
      (await subscribersOf(topic))
        .sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1))
        .filter(({ connectionId }) => connectionId > after)
        .slice(0, pageSize),
    );
  // What is not said below which part of a topic it touches is taken to write all of it.
  const unknown = Object.entries(subscriptions).map(([name, method]) => [
    name,
    (topic: string, ...rest: unknown[]) =>
      task.call(`subscriptions.${name} ${topic} ${rest.join(" ")}`, [write(topic)], () =>
        (method as (...args: unknown[]) => Promise<unknown>)(topic, ...rest),
      ),
  ]);
  return {
    ...(Object.fromEntries(unknown) as typeof subscriptions),
    put: (subscription) => {
      const { topic, connectionId } = subscription;
      const label = `subscriptions.put ${topic} ${connectionId}`;
      return task.call(label, [write(topic, connectionId)], () => subscriptions.put(subscription));
    },
    reserve: (subscription) => {
      const { topic, connectionId } = subscription;
      const label = `subscriptions.reserve ${topic} ${connectionId}`;
      return task.call(label, [write(topic, connectionId)], () =>
        subscriptions.reserve(subscription),
      );
    },
    confirm: (topic, connectionId) => {
      const label = `subscriptions.confirm ${topic} ${connectionId}`;
      return task.call(label, [write(topic, connectionId)], () =>
        subscriptions.confirm(topic, connectionId),
      );
    },
    remove: (topic, connectionId) => {
      const label = `subscriptions.remove ${topic} ${connectionId}`;
      return task.call(label, [write(topic, connectionId)], () =>
        subscriptions.remove(topic, connectionId),
      );
    },
    async *list(topic) {
      let next: Promise<Subscription[]> | undefined = page(topic, "");
      while (next) {
        const found: Subscription[] = await next;
        const last: Subscription | undefined = found[pageSize - 1];
        next = last && page(topic, last.connectionId); // read ahead, as the real one does
        yield found;
      }
    },
  };
}

function sketch(frame: ServerFrame): string {
  const seqs = (events: LogEvent[]) => events.map(({ seq }) => seq).join(",");
  const room = "room" in frame && frame.room ? ` ${frame.room}` : "";
  const what = "events" in frame ? ` [${seqs(frame.events)}]` : "";
  const seq = frame.type === "ack" ? ` ${frame.seq}` : "";
  const presence =
    frame.type === "presence" ? ` ${frame.user} ${frame.online ? "online" : "offline"}` : "";
  return `${frame.type}${room}${what}${seq}${presence}`;
}

export { sketch };

const read = (thing: string, part?: string): Access => access(thing, part, false);
const write = (thing: string, part?: string): Access => access(thing, part, true);
const access = (thing: string, part: string | undefined, writes: boolean): Access => ({
  thing,
  ...(part !== undefined && { part }),
  writes,
});
