import type { ChatRoom, Message } from "parley-client";
import { memo } from "react";
import { Avatar } from "./avatar.tsx";
import { piecesOf } from "./markup.ts";
import { MessageMenu } from "./messageMenu.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { Replies } from "./replies.tsx";
import type { MessageActions } from "./roomActions.ts";
import type { Row } from "./rows.ts";

interface Props {
  row: Row;
  room: ChatRoom;
  me: string | undefined;
  actions: MessageActions;
  isPinned: boolean;
  canLead: boolean;
  /** It was jumped to. */
  isMeant?: boolean;
  jump: (seq: number) => void;
  /** Opens the thread of a message; undefined in a thread. */
  openThread?: ((seq: number) => void) | undefined;
  /** Whether its thread has replies that I have not seen. */
  hasNews?: boolean;
}

export const MessageItem = memo(function MessageItem(props: Props) {
  const { row, room, me, actions, isMeant, jump, isPinned, openThread, hasNews = false } = props;
  const { message, day, isFirstUnread, isFirstOfAuthor } = row;
  const { status, isMine, sentAtMs, deleted, replyTo, thread } = message;
  const user = message.from ?? "";
  const author = isMine ? "You" : row.name;
  const isForMe = !isMine && !!(message.everyone || message.mentions?.includes(me ?? ""));
  return (
    <>
      {day !== undefined && (
        <h3 className="day">
          <time dateTime={new Date(day).toISOString()}>{dayOf(day)}</time>
        </h3>
      )}
      {isFirstUnread && <p className="unread-mark">New</p>}
      <article
        className="message"
        data-first={isFirstOfAuthor ? "" : undefined}
        data-status={status}
        data-for-me={isForMe ? "" : undefined}
        data-meant={isMeant ? "" : undefined}
        aria-label={`${author}${sentAtMs === undefined ? "" : `, ${timeOf(sentAtMs)}`}`}
      >
        {isFirstOfAuthor && (
          <header>
            <Avatar user={user} name={row.name} />
            <strong dir="auto" title={user}>
              {author}
            </strong>
          </header>
        )}
        {sentAtMs !== undefined && (
          <time dateTime={new Date(sentAtMs).toISOString()}>{timeOf(sentAtMs)}</time>
        )}
        {isPinned && <p className="pinned">Pinned</p>}
        {openThread !== undefined && typeof thread === "number" && (
          <Quote {...{ room, seq: thread, shown: row.root }} how="In a thread:" jump={openThread} />
        )}
        {replyTo !== undefined && !deleted && (
          <Quote {...{ room, jump, seq: replyTo, shown: row.quoted }} how="In reply to" />
        )}
        {deleted ? <Deleted by={deleted.by} /> : <Text message={message} />}
        <Reactions
          message={message}
          me={me}
          react={(emoji, on) => actions.react(message, emoji, on)}
        />
        {openThread !== undefined && <Replies {...{ message, hasNews }} open={openThread} />}
        {status === "sending" && <p className="sending">Sending…</p>}
        {status === "failed" && <Failed message={message} room={room} />}
        {status === "sent" && !deleted && <MessageMenu {...props} message={message} />}
      </article>
    </>
  );
});

function Deleted({ by }: Pick<NonNullable<Message["deleted"]>, "by">) {
  return (
    <p className="deleted">
      {by === "author" ? "This message was deleted." : "A moderator deleted this message."}
    </p>
  );
}

function Failed({ message, room }: { message: Message; room: ChatRoom }) {
  return (
    <p className="status" role="alert">
      <span>Not sent: {message.error?.message ?? "it was refused"}.</span>
      <button type="button" onClick={() => void room.retry(message.cid).catch(() => {})}>
        Try again
      </button>
      <button type="button" onClick={() => room.discard(message.cid)}>
        Discard
      </button>
    </p>
  );
}

/** Every piece is put on the page as text. */
function Text({ message }: { message: Message }) {
  const { text, mentions = [], everyone, editedAtMs } = message;
  const named = everyone ? [...mentions, "everyone"] : mentions;
  return (
    <div className="text" dir="auto">
      {piecesOf(text, named).map((piece, index) => {
        const key = `${index} ${piece.kind}`;
        if (piece.kind === "block") return <pre key={key}>{piece.text}</pre>;
        if (piece.kind === "code") return <code key={key}>{piece.text}</code>;
        if (piece.kind === "mention") return <mark key={key}>{piece.text}</mark>;
        if (piece.kind === "text") return <span key={key}>{piece.text}</span>;
        return (
          <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        );
      })}
      {editedAtMs !== undefined && (
        <small title={date.format(editedAtMs)} className="edited">
          {" "}
          (edited)
        </small>
      )}
    </div>
  );
}

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

const timeOf = (ms: number) => time.format(ms);

function dayOf(ms: number): string {
  const day = new Date(ms).toDateString();
  const now = new Date();
  if (day === now.toDateString()) return "Today";
  now.setDate(now.getDate() - 1);
  return day === now.toDateString() ? "Yesterday" : date.format(ms);
}
