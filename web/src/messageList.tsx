/**
 * The messages of a room or a thread. The list draws only those near the screen. When older ones
 * are added at the top, the messages on the screen stay in place: the index of the first item goes
 * down by as many. Where nothing stays, because the list went elsewhere, it begins anew there.
 */
import type { ChatRoom, Message } from "parley-client";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { DownIcon } from "./icons.tsx";
import { MessageItem } from "./messageItem.tsx";
import type { Pages } from "./pages.ts";
import type { MessageActions } from "./roomActions.ts";
import { type Row, rowsOf } from "./rows.ts";

interface Props {
  room: ChatRoom;
  label: string;
  messages: readonly Message[];
  pages: Pages;
  pins: readonly number[];
  me: string | undefined;
  actions: MessageActions;
  canLead: boolean;
  /** What was jumped to: another object each time. */
  target?: Target | undefined;
  jump: (seq: number) => void;
  unreadAfter: number | undefined;
  /** Opens the thread of a message; undefined in a thread. */
  openThread?: (seq: number) => void;
  /** Of which messages the thread has something new. */
  news?: ReadonlySet<number>;
  /** What stands above the first message, and where that has a day, when it was sent. */
  top: ReactNode;
  sinceMs?: number | undefined;
  /** Whether the newest messages are on the screen. */
  atEnd?: (isAtEnd: boolean) => void;
}

/** More than a room ever has above the first message that was shown. */
const indexOrigin = 1_000_000;

/** So many before the first and behind the last message, the next page is asked for. */
const rowsAhead = 60;

/** A position that somebody jumped to. */
export interface Target {
  seq: number;
}

export function MessageList(props: Props) {
  const { messages, pages, unreadAfter, target, top, sinceMs, label, openThread } = props;
  const { hasOlder, apart } = pages;
  const hasNewer = apart?.hasNewer ?? false;
  const rows = useMemo(
    () => rowsOf(messages, unreadAfter, hasOlder, sinceMs),
    [messages, unreadAfter, hasOlder, sinceMs],
  );
  const list = useRef<VirtuosoHandle>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const { index: firstIndex, key } = usePlace(messages);
  const { older, newer } = pagingOf(pages);
  const sought = useRef<Target>(undefined);
  const find = (wanted: Target) => {
    if (apart === undefined) return older(); // what comes is looked at in turn
    if (sought.current !== wanted) apart.to(wanted.seq).catch(() => {});
    sought.current = wanted;
  };
  useJump(messages, target, find, (index) =>
    list.current?.scrollToIndex({ index, align: "center" }),
  );
  const isEnd = isAtEnd && !hasNewer;
  const toEnd = () => {
    if (hasNewer) apart?.toEnd();
    else list.current?.scrollToIndex({ index: "LAST", align: "end" });
  };
  const unreadIndex = rows.findIndex(({ isFirstUnread }) => isFirstUnread);
  return (
    <div className="messages">
      <Virtuoso<Row, Context>
        key={key}
        ref={list}
        data={rows}
        context={{ top }}
        firstItemIndex={firstIndex}
        initialTopMostItemIndex={
          key === 0 && unreadIndex > 0
            ? { index: unreadIndex, align: "center" }
            : { index: "LAST", align: "end" }
        }
        computeItemKey={(_, { message }) => `${message.from ?? ""} ${message.cid}`}
        itemContent={(_, row) => (
          <MessageItem
            {...{ row, openThread }}
            room={props.room}
            me={props.me}
            actions={props.actions}
            canLead={props.canLead}
            isPinned={props.pins.includes(row.message.seq ?? 0)}
            isMeant={target !== undefined && row.message.seq === target.seq}
            hasNews={props.news?.has(row.message.seq ?? 0) ?? false}
            jump={props.jump}
          />
        )}
        components={components}
        alignToBottom={openThread !== undefined}
        atBottomThreshold={48}
        atBottomStateChange={(isThere) => {
          setIsAtEnd(isThere);
          props.atEnd?.(isThere);
        }}
        followOutput={(isAtBottom) =>
          !hasNewer && (isAtBottom || rows.at(-1)?.message.status === "sending") ? "auto" : false
        }
        startReached={older}
        endReached={newer}
        rangeChanged={({ startIndex, endIndex }) => {
          // Before the reader is at the edge, unless they only look at the end of the list.
          if (isAtEnd) return;
          if (startIndex - firstIndex < rowsAhead) older();
          if (firstIndex + rows.length - endIndex < rowsAhead) newer();
        }}
        increaseViewportBy={400}
        aria-label={label}
      />
      {!isEnd && (
        <button type="button" className="to-end" onClick={toEnd}>
          <DownIcon /> Newest {openThread === undefined ? "replies" : "messages"}
        </button>
      )}
    </div>
  );
}

/** What fails is asked for again at the next scroll. */
function pagingOf({ hasOlder, older, apart }: Pages) {
  return {
    older: () => void (hasOlder && older().catch(() => {})),
    newer: () => void (apart?.hasNewer && apart.newer().catch(() => {})),
  };
}

interface Context {
  top: ReactNode;
}

const components = {
  Header: ({ context }: { context?: Context }) => context?.top,
  Footer: () => <div className="list-end" />,
};

/** Scrolls to a message, once it is here. */
function useJump(
  messages: readonly Message[],
  target: Target | undefined,
  find: (wanted: Target) => void,
  scrollTo: (index: number) => void,
): void {
  const done = useRef<Target>(undefined);
  useEffect(() => {
    if (target === undefined || done.current === target) return;
    const index = messages.findIndex(({ seq }) => seq === target.seq);
    if (index >= 0) {
      done.current = target;
      scrollTo(index);
    } else find(target);
  }, [messages, target, find, scrollTo]);
}

/**
 * Follows where the first message of before is now, or which of before is the first one now. The
 * key is another one where neither is there.
 */
function usePlace(messages: readonly Message[]): { index: number; key: number } {
  const seen = useRef({ messages, index: indexOrigin, key: 0 });
  const before = seen.current;
  if (before.messages !== messages) {
    const moved = positionIn(messages, before.messages[0]);
    const lost = moved < 0 ? positionIn(before.messages, messages[0]) : 0;
    const index = before.index - Math.max(0, moved) + Math.max(0, lost);
    const isElsewhere = moved < 0 && lost < 0;
    seen.current = isElsewhere
      ? { messages, index: indexOrigin, key: before.key + 1 }
      : { messages, index, key: before.key };
  }
  return seen.current;
}

function positionIn(messages: readonly Message[], wanted: Message | undefined): number {
  if (wanted === undefined) return -1;
  return messages.findIndex(({ cid, from }) => cid === wanted.cid && from === wanted.from);
}
