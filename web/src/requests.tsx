/** Strangers who have written to me: what they say, and what I do about it. */
import type { Chat, Invitation, MessageEvent } from "parley-client";
import { block, decline, report, requested } from "parley-client/rooms";
import { useEffect, useState } from "react";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { ReasonForm } from "./reasonForm.tsx";
import { open } from "./route.ts";

interface Props {
  chat: Chat;
  requests: readonly Invitation[];
}

export function Requests({ chat, requests }: Props) {
  if (requests.length === 0) return null;
  return (
    <section aria-label="Message requests">
      <div className="heading">
        <h2>Message requests</h2>
      </div>
      <ul>
        {requests.map((request) => (
          <Request key={request.room} chat={chat} request={request} />
        ))}
      </ul>
    </section>
  );
}

function Request({ chat, request }: { chat: Chat; request: Invitation }) {
  const { room: name, by = "" } = request;
  const [message, setMessage] = useState<MessageEvent>();
  const [isReporting, setReporting] = useState(false);
  const [problem, setProblem] = useState("");
  const room = chat.room(name);
  useEffect(() => {
    const ending = new AbortController();
    requested(chat, { room: name }, ending).then(setMessage, () => {}); // it is shown without
    return () => ending.abort();
  }, [chat, name]);
  const act = (acting: Promise<void>) => acting.catch((error: Error) => setProblem(error.message));
  const accept = async () => {
    await room.join();
    open(name);
  };
  const refuse = async () => {
    await block(chat, by);
    await decline(room);
  };

  return (
    <li className="invitation">
      <p className="from">
        <Avatar user={by} name={by} />
        <span dir="auto">
          <strong>{by}</strong>
          {isOtherName(message?.name, by) && ` (${message?.name})`}
        </span>
      </p>
      <blockquote dir="auto">{message?.deleted ? "Deleted." : message?.text}</blockquote>
      <button type="button" className="primary" onClick={() => void act(accept())}>
        Accept
      </button>
      <button type="button" onClick={() => void act(decline(room))}>
        Decline
      </button>
      <button type="button" onClick={() => void act(refuse())}>
        Block
      </button>
      <button type="button" disabled={message === undefined} onClick={() => setReporting(true)}>
        Report…
      </button>
      {problem !== "" && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {isReporting && message !== undefined && (
        <Dialog title="Report this message" close={() => setReporting(false)}>
          <ReasonForm
            about="A copy goes to those who run this service."
            action="Report"
            act={(reason) => report(room, message.seq, { reason })}
            done={() => setReporting(false)}
          />
        </Dialog>
      )}
    </li>
  );
}

/** "Bob" says no more than "bob". */
const isOtherName = (name: string | undefined, user: string) =>
  name !== undefined && name.toLowerCase() !== user.toLowerCase();
