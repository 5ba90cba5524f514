/** Threads of a room: which replies its list leaves out, and where there is something new. */
import type { Message, RoomSnapshot } from "parley-client";
import { useCallback, useMemo, useRef, useState } from "react";

/** A reply that only its thread shows. */
export const isOnlyInThread = ({ thread, inRoom }: Message) =>
  typeof thread === "number" && !inRoom;

/** How many replies a message has, as far as anybody knows. */
export function repliesTo({ thread }: Message): number {
  return typeof thread === "object" ? thread.replies : 0;
}

interface ThreadNews {
  /** Up to here I have seen the replies to a message. */
  seenTo: (root: number) => number;
  see: (root: number, seq: number) => void;
  /** The roots of threads that I follow which have replies that I have not seen. */
  unseen: ReadonlySet<number>;
}

/**
 * The service knows up to where I have read the room. What came behind that, and since the room is
 * on the screen, is new until I open its thread.
 */
export function useThreadNews(
  messages: readonly Message[],
  me: string | undefined,
  state: RoomSnapshot["state"],
  unreadAfter: number | undefined,
): ThreadNews {
  const [seen, setSeen] = useState<ReadonlyMap<number, number>>(new Map());
  const begun = useRef<number>(undefined);
  if (state === "open")
    begun.current ??= unreadAfter ?? messages.findLast(({ seq }) => seq)?.seq ?? 0;
  const start = begun.current ?? Number.POSITIVE_INFINITY;

  const seenTo = useCallback((root: number) => Math.max(seen.get(root) ?? 0, start), [seen, start]);
  const see = useCallback((root: number, seq: number) => {
    setSeen((before) => {
      if ((before.get(root) ?? 0) >= seq) return before;
      return new Map(before).set(root, seq);
    });
  }, []);
  const unseen = useMemo(
    () =>
      new Set(
        [...newestReplies(messages, me)].flatMap(([root, seq]) =>
          seq > seenTo(root) ? [root] : [],
        ),
      ),
    [messages, me, seenTo],
  );
  return { seenTo, see, unseen };
}

/** Of each thread that I follow, by its root: the position of the newest reply of another's. */
function newestReplies(messages: readonly Message[], me: string | undefined): Map<number, number> {
  const isMyBusiness = ({ isMine, mentions }: Message) => isMine || mentions?.includes(me ?? "");
  const followed = new Set(
    messages
      .filter(isMyBusiness)
      .map(({ seq, thread }) => (typeof thread === "number" ? thread : seq)),
  );
  const newest = new Map<number, number>();
  for (const { seq = 0, thread, isMine } of messages) {
    if (typeof thread === "object" && followed.has(seq)) newest.set(seq, thread.lastSeq);
    if (typeof thread !== "number" || !followed.has(thread)) continue;
    if (!isMine) newest.set(thread, seq);
    else if (newest.get(thread) === seq) newest.delete(thread);
  }
  return newest;
}
