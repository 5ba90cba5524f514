/** Whom I block: asked for at every connect, since another device may have changed it. */
import type { Chat } from "parley-client";
import * as rooms from "parley-client/rooms";
import { useCallback, useEffect, useState } from "react";

export function useBlocked(chat: Chat, isLive: boolean) {
  const [blocked, setBlocked] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!isLive) return;
    const load = async () => {
      const all = new Set<string>();
      for await (const page of rooms.blocks(chat)) for (const { user } of page) all.add(user);
      setBlocked(all);
    };
    load().catch(() => {}); // asked for again at the next connect
  }, [chat, isLive]);
  const block = useCallback(
    async (user: string, on: boolean) => {
      await rooms.block(chat, user, { on });
      setBlocked((before) => {
        const now = new Set(before);
        if (on) now.add(user);
        else now.delete(user);
        return now;
      });
    },
    [chat],
  );
  return { blocked, block };
}
