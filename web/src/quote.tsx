/** A message that another one quotes, as it is now. A click leads to it. */
import type { ChatRoom, Message } from "parley-client";
import * as messages from "parley-client/messages";
import { useEffect, useState } from "react";
import { inOneLine } from "./markup.ts";

interface Props {
  room: ChatRoom;
  seq: number;
  /** How it is quoted: "In reply to". */
  how: string;
  /** The message, where it is among those of the list. */
  shown: Message | undefined;
  jump: (seq: number) => void;
}

export function Quote({ room, seq, how, shown, jump }: Props) {
  const [found, setFound] = useState<Message>();
  const isHere = shown !== undefined;
  useEffect(() => {
    if (isHere) return;
    const end = new AbortController();
    messages.at(room, [seq], { signal: end.signal }).then(
      ([one]) => setFound(one),
      () => {}, // it stays without words, and is asked for when it is drawn again
    );
    return () => end.abort();
  }, [room, seq, isHere]);
  const message = shown ?? found;
  const author = message?.isMine ? "You" : (message?.name ?? message?.from ?? "");
  return (
    <button type="button" className="quote" dir="auto" onClick={() => jump(seq)}>
      <span className="unseen">{how} </span>
      <strong>{author}</strong>{" "}
      {message?.deleted ? "This message was deleted." : inOneLine(message?.text ?? "")}
    </button>
  );
}
