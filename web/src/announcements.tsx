/** Reads new messages of others to those who cannot see them. The list itself is silent: it is
 * drawn anew while one scrolls. */
import type { Message } from "parley-client";
import { useEffect, useRef, useState } from "react";
import { isOnlyInThread } from "./threads.ts";

export function Announcements({ messages }: { messages: readonly Message[] }) {
  const [said, setSaid] = useState("");
  const lastSeq = useRef<number | undefined>(undefined);
  useEffect(() => {
    const newest = messages.findLast(({ seq }) => seq !== undefined);
    const before = lastSeq.current;
    lastSeq.current = newest?.seq ?? before ?? 0;
    if (before === undefined || newest?.seq === undefined || newest.seq <= before) return;
    const news = messages.filter(({ seq, isMine }) => !isMine && (seq ?? 0) > before);
    const spoken = news.map((message) => {
      const place = isOnlyInThread(message) ? ", in a thread" : "";
      return `${message.name ?? message.from}${place}: ${message.text}`;
    });
    if (spoken.length > 0) setSaid(spoken.join("\n"));
  }, [messages]);
  return (
    <div className="unseen" role="log" aria-label="New messages">
      {said}
    </div>
  );
}
