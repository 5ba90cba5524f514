/**
 * Where one writes. Enter sends, Shift+Enter begins a line, and what is not sent is kept. It also
 * edits: ↑ in an empty box takes the last message of mine.
 */
import type { ChatRoom, Extras, Message } from "parley-client";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Completions, useCompletion } from "./completion.tsx";
import { CloseIcon, SendIcon } from "./icons.tsx";
import { inOneLine } from "./markup.ts";
import { isPrivate, mentionsIn } from "./people.ts";
import type { Writing } from "./roomActions.ts";

/** The service's limit, in code points. */
const charactersMax = 4000;
/** So close to it, the number is shown. */
const charactersNear = 3800;

/** Where what is written stays until it is sent. */
export interface Draft {
  text: () => string;
  keep: (text: string) => void;
}

interface Props {
  room: ChatRoom;
  title: string;
  /** The messages of mine that ↑ may edit are among these. */
  messages: readonly Message[];
  draft: Draft;
  /** The position of the message that this one replies to in a thread. */
  thread?: number;
  writing: Writing;
  write: (writing: Writing) => void;
  save: (seq: number, text: string, mentions: string[]) => void;
  /** Who can be mentioned, with `everyone` where I may. */
  mentionable: readonly string[];
}

export function Composer(props: Props) {
  const { room, title, messages, thread, writing, write, mentionable } = props;
  const id = thread === undefined ? "message" : "reply";
  const box = useRef<HTMLTextAreaElement>(null);
  const { text, change, send, canSend, length, inRoom, setInRoom } = useWriting(props);
  const completion = useCompletion(box, id, text, mentionable, change);

  useLayoutEffect(() => {
    if (box.current === null) return;
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight}px`;
  });
  // On a phone the keyboard would cover the room that was just opened.
  useEffect(() => {
    if (writing || matchMedia("(hover: hover)").matches) box.current?.focus();
  }, [writing]);

  const editLast = () => {
    const mine = messages.findLast(
      ({ isMine, status, deleted }) => isMine && status === "sent" && !deleted,
    );
    if (mine !== undefined) write({ kind: "edit", message: mine });
    return mine !== undefined;
  };
  const press = ({ key, shiftKey }: KeyboardEvent): boolean => {
    if (completion.press(key)) return true;
    if (key === "ArrowUp") return text === "" && writing === undefined && editLast();
    if (key === "Escape" && writing !== undefined) write(undefined);
    else if (key === "Enter" && !shiftKey) send();
    else return false;
    return true;
  };
  const keyed = (event: KeyboardEvent) => {
    // While a word is composed, Enter chooses it.
    if (!event.nativeEvent.isComposing && press(event)) event.preventDefault();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        box.current?.focus();
      }}
    >
      {writing !== undefined && <About writing={writing} cancel={() => write(undefined)} />}
      <Completions {...completion} />
      <label className="unseen" htmlFor={id}>
        {labelOf(props)}
      </label>
      <textarea
        id={id}
        ref={box}
        rows={1}
        dir="auto"
        placeholder={thread === undefined ? `Message ${markOf(room.name)}${title}` : "Reply"}
        aria-describedby={`${id}-length`}
        aria-invalid={length > charactersMax}
        aria-autocomplete="list"
        {...completion.described}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={keyed}
      />
      <p id={`${id}-length`} className="length" role="status">
        {length >= charactersNear && `${length} of ${charactersMax} characters`}
      </p>
      <button
        type="submit"
        className="send"
        aria-label={writing?.kind === "edit" ? "Save" : "Send"}
        disabled={!canSend}
      >
        <SendIcon />
      </button>
      {thread !== undefined && writing?.kind !== "edit" && (
        <label className="in-room">
          <input
            type="checkbox"
            checked={inRoom}
            onChange={(event) => setInRoom(event.target.checked)}
          />
          Show in the room as well
        </label>
      )}
    </form>
  );
}

function labelOf({ title, thread, writing }: Props): string {
  if (writing?.kind === "edit") return "Edit your message";
  return thread === undefined ? `Message to ${title}` : "Reply in this thread";
}

/** The text in the box: a draft, or a message that is being edited. */
function useWriting({ room, writing, write, save, mentionable, thread, draft: kept }: Props) {
  const [draft, setDraft] = useState(kept.text);
  const [inRoom, setInRoom] = useState(false);
  const [edited, setEdited] = useState("");
  const isEdit = writing?.kind === "edit";
  const message = writing?.message;
  useEffect(() => {
    if (isEdit && message !== undefined) setEdited(message.text);
  }, [isEdit, message]);
  const text = isEdit ? edited : draft;
  const length = Array.from(text.trim()).length;
  const canSend = length > 0 && length <= charactersMax;

  const change = (next: string) => {
    if (isEdit) return setEdited(next);
    setDraft(next);
    kept.keep(next);
    room.typing(next.trim() !== "");
  };
  const send = () => {
    if (!canSend) return;
    write(undefined);
    if (isEdit) {
      if (message?.seq === undefined || text.trim() === message.text) return;
      const mentioned = message.mentions ?? []; // also those who are not here now
      const all = [...new Set([...mentionable, ...mentioned])];
      return save(message.seq, text, mentionsIn(text, all).users);
    }
    const { users, everyone } = mentionsIn(text, mentionable);
    const extras: Extras = {
      ...(users.length > 0 && { mentions: users }),
      ...(everyone && { everyone }),
      ...(message?.seq !== undefined && { replyTo: message.seq }),
      ...(thread !== undefined && { thread, ...(inRoom && { inRoom }) }),
    };
    room.send(text, extras).catch(() => {}); // the message says so
    setDraft("");
    kept.keep("");
    setInRoom(false);
  };
  return { text, change, send, canSend, length, inRoom, setInRoom };
}

function About({ writing, cancel }: { writing: NonNullable<Writing>; cancel: () => void }) {
  const { kind, message } = writing;
  const author = message.isMine ? "yourself" : (message.name ?? message.from);
  return (
    <div className="about" role="status">
      <p dir="auto">
        {kind === "edit"
          ? "Editing your message"
          : `Replying to ${author}: ${inOneLine(message.text)}`}
      </p>
      <button type="button" className="icon" aria-label="Cancel" title="Cancel" onClick={cancel}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** In front of a public room's title. */
const markOf = (room: string) => (room.startsWith("dm:") || isPrivate(room) ? "" : "#");
