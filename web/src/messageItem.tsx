import type { ChatRoom, Message } from "parley-client";
import { memo } from "react";
import { Avatar } from "./avatar.tsx";
import { piecesOf } from "./markup.ts";
import type { Row } from "./rows.ts";

export const MessageItem = memo(function MessageItem({ row, room }: { row: Row; room: ChatRoom }) {
  const { message, day, isFirstUnread, isFirstOfAuthor } = row;
  const { text, status, isMine, sentAtMs } = message;
  const user = message.from ?? "";
  const author = isMine ? "You" : (message.name ?? user);
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
        aria-label={`${author}${sentAtMs === undefined ? "" : `, ${timeOf(sentAtMs)}`}`}
      >
        {isFirstOfAuthor && (
          <header>
            <Avatar user={user} name={message.name ?? user} />
            <strong dir="auto" title={user}>
              {author}
            </strong>
          </header>
        )}
        {sentAtMs !== undefined && (
          <time dateTime={new Date(sentAtMs).toISOString()}>{timeOf(sentAtMs)}</time>
        )}
        <Text text={text} />
        {status === "sending" && <p className="sending">Sending…</p>}
        {status === "failed" && <Failed message={message} room={room} />}
      </article>
    </>
  );
});

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
function Text({ text }: Pick<Message, "text">) {
  return (
    <div className="text" dir="auto">
      {piecesOf(text).map((piece, index) => {
        const key = `${index} ${piece.kind}`;
        if (piece.kind === "block") return <pre key={key}>{piece.text}</pre>;
        if (piece.kind === "code") return <code key={key}>{piece.text}</code>;
        if (piece.kind === "text") return <span key={key}>{piece.text}</span>;
        return (
          <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        );
      })}
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
