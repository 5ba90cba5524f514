/** Under a message: how many replies its thread has. It opens the thread. */
import type { Message } from "parley-client";
import { repliesTo } from "./threads.ts";

interface Props {
  message: Message;
  hasNews: boolean;
  open: (seq: number) => void;
}

export function Replies({ message, hasNews, open }: Props) {
  const { seq = 0 } = message;
  const replies = repliesTo(message);
  if (replies === 0 && !hasNews) return null;
  return (
    <button
      type="button"
      className="replies"
      data-thread={seq}
      data-news={hasNews ? "" : undefined}
      onClick={() => open(seq)}
    >
      {countOf(replies)}
      {hasNews && <span className="new">New</span>}
    </button>
  );
}

export function countOf(replies: number): string {
  if (replies === 0) return "Replies";
  return replies === 1 ? "1 reply" : `${replies} replies`;
}
