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

/** Where somebody stops so near to the first or the last message, the next page is asked for. */
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
  const { index, key } = usePlace(messages);
  const firstIndex = index + messages.length - rows.length;
  const { older, newer } = pagingOf(pages);
  const sought = useRef<Target>(undefined);
  const find = (wanted: Target) => {
    if (apart === undefined) return older(); // what comes is looked at in turn
    if (sought.current !== wanted) apart.to(wanted.seq).catch(() => {});
    sought.current = wanted;
  };
  useJump(rows, target, find, (at) => list.current?.scrollToIndex({ index: at, align: "center" }));
  const toEnd = () => {
    if (hasNewer) apart?.toEnd();
    else list.current?.scrollToIndex({ index: "LAST", align: "end" });
  };
  const { isAtEnd, scroller, changed } = useEnd(hasNewer, toEnd, props.atEnd);
  const isEnd = isAtEnd && !hasNewer;
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
        {...scroller}
        atBottomStateChange={changed}
        followOutput={(isAtBottom) =>
          !hasNewer && (isAtBottom || rows.at(-1)?.message.status === "sending") ? "auto" : false
        }
        startReached={older}
        endReached={newer}
        {...useAhead(older, newer, firstIndex, rows.length, isAtEnd)}
        increaseViewportBy={400}
        // Before they are painted: a frame later, what is read has jumped by what was misjudged.
        skipAnimationFrameInResizeObserver
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

/**
 * Loads what comes next while somebody reads, before they are at the edge. While they scroll it
 * waits for the edge, as what is put above the screen in the middle of a scroll moves it.
 */
function useAhead(
  older: () => void,
  newer: () => void,
  first: number,
  count: number,
  isAtEnd: boolean,
) {
  const range = useRef({ startIndex: first, endIndex: first });
  return {
    rangeChanged(now: { startIndex: number; endIndex: number }) {
      range.current = now;
    },
    isScrolling(isMoving: boolean) {
      if (isMoving || isAtEnd) return; // many open a room for its end alone
      if (range.current.startIndex - first < rowsAhead) older();
      if (first + count - range.current.endIndex < rowsAhead) newer();
    },
  };
}

interface Context {
  top: ReactNode;
}

const components = {
  Header: ({ context }: { context?: Context }) => context?.top,
  Footer: () => <div className="list-end" />,
};

/**
 * Whether the end of the list is on the screen. It stays there until somebody scrolls up: where
 * the list becomes higher or its place smaller, as with a thread beside it, it goes to the end.
 */
function useEnd(hasNewer: boolean, toEnd: () => void, tell: Props["atEnd"]) {
  const [isAtEnd, setIsAtEnd] = useState(true);
  const seen = useRef({ top: 0, hasMovedUp: false, isThere: false });
  const [scroller, setScroller] = useState<HTMLElement | Window | null>(null);
  useEffect(() => {
    if (!(scroller instanceof HTMLElement)) return undefined;
    const look = () => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      // What is drawn above may move it down again, so only the end ends that.
      if (scrollTop < seen.current.top) seen.current.hasMovedUp = true;
      if (scrollHeight - scrollTop - clientHeight <= 1) seen.current.hasMovedUp = false;
      seen.current.top = scrollTop;
    };
    // Before the list looks itself.
    scroller.addEventListener("scroll", look, { capture: true });
    return () => scroller.removeEventListener("scroll", look, { capture: true });
  }, [scroller]);
  const stays = () => seen.current.isThere && !seen.current.hasMovedUp && !hasNewer;
  const grown = () => {
    if (stays()) toEnd();
  };
  const changed = (isThere: boolean) => {
    if (!isThere && stays()) return toEnd();
    seen.current.isThere = isThere;
    setIsAtEnd(isThere);
    tell?.(isThere);
  };
  return {
    isAtEnd,
    scroller: { scrollerRef: setScroller, totalListHeightChanged: grown },
    changed,
  };
}

/** Scrolls to a message, once it is here. */
function useJump(
  rows: readonly Row[],
  target: Target | undefined,
  find: (wanted: Target) => void,
  scrollTo: (index: number) => void,
): void {
  const done = useRef<Target>(undefined);
  useEffect(() => {
    if (target === undefined || done.current === target) return;
    const index = rows.findIndex(({ message }) => message.seq === target.seq);
    if (index >= 0) {
      done.current = target;
      scrollTo(index);
    } else find(target);
  }, [rows, target, find, scrollTo]);
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
