/** What is kept beside a room's log, each call a step of the schedule: see ports.ts. */
import type { Ports } from "../../lib/ports.ts";
import type { Expiry } from "../../lib/retentionPorts.ts";
import type { Access, Task } from "./scheduler.ts";
import type { Stores } from "./stores.ts";

/** A batch of puts is many requests in one: nothing keeps others from coming in between. */
export function scheduledMentions(
  task: Pick<Task, "call">,
  { mentions }: Stores,
): Ports["mentions"] {
  const notes = (user: string) => `mentions:${user}`;
  return {
    async put(users, mention) {
      for (const user of users) {
        await task.call(`mentions.put ${user} ${mention.seq}`, [write(notes(user))], () =>
          mentions.put([user], mention),
        );
      }
    },
    list: (user, before, limit) =>
      task.call(`mentions.list ${user}`, [read(notes(user))], () =>
        mentions.list(user, before, limit),
      ),
    async remove(users, notesOver) {
      for (const user of users) {
        for (const note of notesOver) {
          await task.call(`mentions.remove ${user} ${note.tag}`, [write(notes(user))], () =>
            mentions.remove([user], [note]),
          );
        }
      }
    },
  };
}

export function scheduledBlocks(task: Pick<Task, "call">, { blocks }: Stores): Ports["blocks"] {
  const changed = (user: string) => [write(`blocks:${user}`)];
  return {
    put: (user, blocked) =>
      task.call(`blocks.put ${user} ${blocked}`, changed(user), () => blocks.put(user, blocked)),
    remove: (user, blocked) =>
      task.call(`blocks.remove ${user} ${blocked}`, changed(user), () =>
        blocks.remove(user, blocked),
      ),
    list: (user, after, limit) =>
      task.call(`blocks.list ${user}`, [read(`blocks:${user}`)], () =>
        blocks.list(user, after, limit),
      ),
  };
}

export function scheduledReactions(
  task: Pick<Task, "call">,
  { reactions }: Stores,
): Ports["reactions"] {
  const changed = (room: string, seq: number) => [write(`reactions:${room}:${seq}`)];
  const seen = (room: string, seq: number) => [read(`reactions:${room}:${seq}`)];
  return {
    put: (room, seq, user, emoji, atMs) =>
      task.call(`reactions.put ${room} ${seq} ${user}`, changed(room, seq), () =>
        reactions.put(room, seq, user, emoji, atMs),
      ),
    remove: (room, seq, user, emoji) =>
      task.call(`reactions.remove ${room} ${seq} ${user}`, changed(room, seq), () =>
        reactions.remove(room, seq, user, emoji),
      ),
    find: (room, seq, user) =>
      task.call(`reactions.find ${room} ${seq} ${user}`, seen(room, seq), () =>
        reactions.find(room, seq, user),
      ),
    list: (room, seq, range) =>
      task.call(`reactions.list ${room} ${seq}`, seen(room, seq), () =>
        reactions.list(room, seq, range),
      ),
  };
}

export function scheduledReplies(task: Pick<Task, "call">, { replies }: Stores): Ports["replies"] {
  const changed = (room: string, root: number) => [write(`replies:${room}:${root}`)];
  const seen = (room: string, root: number) => [read(`replies:${room}:${root}`)];
  return {
    put: (room, root, reply) =>
      task.call(`replies.put ${room} ${root} ${reply.seq}`, changed(room, root), () =>
        replies.put(room, root, reply),
      ),
    markDeleted: (room, root, reply) =>
      task.call(`replies.markDeleted ${room} ${root} ${reply.seq}`, changed(room, root), () =>
        replies.markDeleted(room, root, reply),
      ),
    list: (room, root, range) =>
      task.call(`replies.list ${room} ${root}`, seen(room, root), () =>
        replies.list(room, root, range),
      ),
    follow: (room, root, users) =>
      task.call(`replies.follow ${room} ${root} ${users}`, changed(room, root), () =>
        replies.follow(room, root, users),
      ),
    isFollowing: (room, root, user) =>
      task.call(`replies.isFollowing ${room} ${root} ${user}`, seen(room, root), () =>
        replies.isFollowing(room, root, user),
      ),
  };
}

export function scheduledReports(
  task: Pick<Task, "call">,
  { reported }: Stores,
): Ports["reported"] {
  return {
    put: (room, one, keptUntilMs) =>
      task.call(`reported.put ${room} ${one.event.seq} ${one.by}`, [write(`reports:${room}`)], () =>
        reported.put(room, one, keptUntilMs),
      ),
    list: (room, after, limit, nowMs) =>
      task.call(`reported.list ${room}`, [read(`reports:${room}`)], () =>
        reported.list(room, after, limit, nowMs),
      ),
  };
}

/** Of many events each is removed by itself: they are in several batches. */
export function scheduledExpiry(task: Pick<Task, "call">, { expiry, rooms }: Stores): Expiry {
  const changed = (room: string) => [write(`log:${room}`)];
  return {
    listLogs: (place) => {
      const logs = [...rooms].map((room) => read(`log:${room}`));
      return task.call("expiry.listLogs", logs, () => expiry.listLogs(place));
    },
    begin: (room, begins) =>
      task.call(`expiry.begin ${room} ${begins.seq}`, changed(room), () =>
        expiry.begin(room, begins),
      ),
    async remove(room, seqs) {
      for (const seq of seqs) {
        await task.call(`expiry.remove ${room} ${seq}`, changed(room), () =>
          expiry.remove(room, [seq]),
        );
      }
    },
    empty: (room, seq, nowMs) =>
      task.call(`expiry.empty ${room} ${seq}`, changed(room), () => expiry.empty(room, seq, nowMs)),
    // Each sweep begins a walk: what is of interest is what it does to a log.
    findWalk: async () => undefined,
    async putWalk() {},
  };
}

export const read = (thing: string, part?: string): Access => access(thing, part, false);
export const write = (thing: string, part?: string): Access => access(thing, part, true);
const access = (thing: string, part: string | undefined, writes: boolean): Access => ({
  thing,
  ...(part !== undefined && { part }),
  writes,
});
