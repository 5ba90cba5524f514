/** Where one writes. Enter sends, Shift+Enter begins a line; what is not sent is kept. */
import type { ChatRoom } from "parley-client";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { SendIcon } from "./icons.tsx";

/** The service's limit, in code points. */
const charactersMax = 4000;
/** So close to it, the number is shown. */
const charactersNear = 3800;

interface Props {
  room: ChatRoom;
  title: string;
}

export function Composer({ room, title }: Props) {
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(room.draft);
  const length = Array.from(text.trim()).length;
  const canSend = length > 0 && length <= charactersMax;

  useLayoutEffect(() => {
    if (box.current === null) return;
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight}px`;
  });
  // On a phone the keyboard would cover the room that was just opened.
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) box.current?.focus();
  }, []);

  const change = (next: string) => {
    setText(next);
    room.draft = next;
    room.typing(next.trim() !== "");
  };
  const send = () => {
    if (!canSend) return;
    room.send(text).catch(() => {}); // the message says so
    setText("");
    room.draft = "";
    box.current?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    // While a word is composed, Enter chooses it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label className="unseen" htmlFor="message">
        Message to {title}
      </label>
      <textarea
        id="message"
        ref={box}
        rows={1}
        dir="auto"
        placeholder={`Message ${room.name.startsWith("dm:") ? title : `#${title}`}`}
        aria-describedby="message-length"
        aria-invalid={length > charactersMax}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={keyed}
      />
      <p id="message-length" className="length" role="status">
        {length >= charactersNear && `${length} of ${charactersMax} characters`}
      </p>
      <button type="submit" className="send" aria-label="Send" title="Send" disabled={!canSend}>
        <SendIcon />
      </button>
    </form>
  );
}
