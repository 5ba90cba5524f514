/**
 * A thread beside the messages of its room, or above them where there is no space. Escape closes
 * it.
 */
import type { ChatRoom } from "parley-client";
import { useThread } from "parley-client/react";
import { thread } from "parley-client/threads";
import { useEffect, useMemo, useRef, useState } from "react";
import { Composer } from "./composer.tsx";
import { CloseIcon } from "./icons.tsx";
import { MessageItem } from "./messageItem.tsx";
import { MessageList } from "./messageList.tsx";
import { countOf } from "./replies.tsx";
import { Report } from "./report.tsx";
import { useMessageActions } from "./roomActions.ts";
import { rowOf } from "./rows.ts";
import { threadDraft } from "./threadDrafts.ts";
import { repliesTo } from "./threads.ts";

interface Props {
  room: ChatRoom;
  /** The position of the message that the replies are to. */
  seq: number;
  me: string | undefined;
  title: string;
  canLead: boolean;
  blocked: ReadonlySet<string>;
  mentionable: readonly string[];
  pins: readonly number[];
  /** Where something is new when the thread is opened: up to here I have seen it. */
  newAfter: number | undefined;
  see: (root: number, seq: number) => void;
  isVisible: boolean;
  jump: (seq: number) => void;
  close: () => void;
}

export function ThreadPanel(props: Props) {
  const { room, seq, me, title, canLead, blocked, mentionable, pins, see, isVisible } = props;
  const { jump, close } = props;
  const snapshot = useThread(room, seq);
  const replies = snapshot.replies.filter(({ from }) => !blocked.has(from ?? ""));
  const { actions, writing, write, reporting, report, problem } = useMessageActions(room);
  const [unreadAfter] = useState(props.newAfter);
  const newest = replies.findLast((one) => one.seq !== undefined)?.seq;
  const panel = useRef<HTMLElement>(null);
  const draft = useMemo(() => threadDraft(room.name, seq), [room, seq]);

  useEffect(() => {
    if (isVisible && newest !== undefined) see(seq, newest);
  }, [isVisible, newest, see, seq]);
  // On a phone nothing else in here takes the focus.
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
  }, []);

  const { root, state, error, hasOlder } = snapshot;
  const count = Math.max(replies.length, root === undefined ? 0 : repliesTo(root));
  const top = (
    <>
      {root !== undefined && (
        <MessageItem
          {...{ room, me, actions, canLead, jump }}
          row={rowOf(root)}
          isPinned={pins.includes(seq)}
        />
      )}
      <p className="reply-count" role="status">
        {state === "opening" && replies.length === 0 ? "Loading replies…" : countOf(count)}
      </p>
    </>
  );
  return (
    <section
      ref={panel}
      className="thread"
      aria-label="Thread"
      tabIndex={-1}
      onKeyDown={(event) => {
        const isForAnother = document.querySelector(":popover-open, dialog[open]") !== null;
        if (event.key === "Escape" && !event.defaultPrevented && !isForAnother) close();
      }}
    >
      <header className="thread-header">
        <h2>Thread</h2>
        <button
          type="button"
          className="icon"
          aria-label="Close the thread"
          title="Close the thread"
          onClick={close}
        >
          <CloseIcon />
        </button>
      </header>
      {replies.length === 0 ? (
        <div className="thread-top">{top}</div>
      ) : (
        <MessageList
          {...{ room, me, actions, canLead, jump, pins, unreadAfter, top }}
          label="Replies"
          sinceMs={root?.sentAtMs}
          messages={replies}
          pages={{ hasOlder, older: () => thread(room, seq).older() }}
        />
      )}
      <p className="problem taken-back" role="alert">
        {state === "failed" ? `The replies cannot be shown: ${error?.message}.` : problem}
      </p>
      <Composer
        {...{ room, title, writing, write, mentionable, draft }}
        thread={seq}
        messages={replies}
        save={actions.save}
      />
      {reporting !== undefined && (
        <Report room={room} message={reporting} done={() => report(undefined)} />
      )}
    </section>
  );
}
