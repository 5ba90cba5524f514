/** What a list shows of a room, and how it comes to what is before and behind that. */
import type { ChatRoom, Message } from "parley-client";
import { windowOf } from "parley-client/window";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { isOnlyInThread } from "./threads.ts";

export interface Pages {
  hasOlder: boolean;
  /** Loads the messages before these. */
  older: () => Promise<unknown>;
  /** Of a list that may be away from the newest messages. */
  apart?: {
    hasNewer: boolean;
    newer: () => Promise<unknown>;
    /** Goes to what is around a position. */
    to: (seq: number) => Promise<unknown>;
    toEnd: () => void;
  };
}

/** The messages of the room's list: neither of users whom I block, nor of threads alone. */
export function usePages(room: ChatRoom, blocked: ReadonlySet<string>) {
  const window = windowOf(room);
  useEffect(() => window.show(), [window]);
  const { messages, hasOlder, hasNewer } = useSyncExternalStore(
    window.subscribe,
    () => window.snapshot,
  );
  const listed = useMemo(() => {
    const isListed = (one: Message) => !isOnlyInThread(one) && !blocked.has(one.from ?? "");
    return messages.filter(isListed);
  }, [messages, blocked]);
  const pages = useMemo((): Pages => {
    return {
      hasOlder,
      older: () => window.older(),
      apart: {
        hasNewer,
        newer: () => window.newer(),
        to: (seq) => window.to(seq),
        toEnd: () => window.toEnd(),
      },
    };
  }, [window, hasOlder, hasNewer]);
  return { listed, pages, hasNewer };
}
