/**
 * The messages of a room. The list draws only those near the screen. When older ones are added at
 * the top, the messages on the screen stay in place: the index of the first item goes down by as
 * many.
 */
import type { ChatRoom, RoomSnapshot } from "parley-client";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import { DownIcon } from "./icons.tsx";
import { MessageItem } from "./messageItem.tsx";
import type { MessageActions } from "./roomActions.ts";
import { type Row, rowsOf } from "./rows.ts";

interface Props {
  room: ChatRoom;
  snapshot: RoomSnapshot;
  me: string | undefined;
  actions: MessageActions;
  canLead: boolean;
  /** What was jumped to: another object each time. */
  target: Target | undefined;
  jump: (seq: number) => void;
  unreadAfter: number | undefined;
  isVisible: boolean;
}

/** More than a room ever has above the first message that was shown. */
const indexOrigin = 1_000_000;

/** A position that somebody jumped to. */
export interface Target {
  seq: number;
}

export function MessageList(props: Props) {
  const { room, snapshot, unreadAfter, isVisible, target } = props;
  const { messages, hasOlder, pins } = snapshot;
  const rows = useMemo(() => rowsOf(messages, unreadAfter), [messages, unreadAfter]);
  const list = useRef<VirtuosoHandle>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const firstIndex = useFirstIndex(messages);
  const newest = messages.findLast(({ status }) => status === "sent")?.seq;

  useEffect(() => {
    if (isAtEnd && isVisible && newest !== undefined) room.read().catch(() => {}); // comes again
  }, [room, isAtEnd, isVisible, newest]);

  const older = useCallback(() => {
    if (hasOlder) room.older().catch(() => {}); // asked for again at the next scroll
  }, [room, hasOlder]);

  useJump(room, messages, target, (index) =>
    list.current?.scrollToIndex({ index, align: "center" }),
  );

  if (messages.length === 0) return <Beginning room={room.name} isEmpty />;
  const unreadIndex = rows.findIndex(({ isFirstUnread }) => isFirstUnread);
  return (
    <div className="messages">
      <Virtuoso<Row, Context>
        ref={list}
        data={rows}
        context={{ room, hasOlder, isFull: messages.length >= messagesMax }}
        firstItemIndex={firstIndex}
        initialTopMostItemIndex={
          unreadIndex > 0
            ? { index: unreadIndex, align: "center" }
            : { index: "LAST", align: "end" }
        }
        computeItemKey={(_, { message }) => `${message.from ?? ""} ${message.cid}`}
        itemContent={(_, row) => (
          <MessageItem
            row={row}
            room={room}
            me={props.me}
            actions={props.actions}
            canLead={props.canLead}
            isPinned={pins.includes(row.message.seq ?? 0)}
            isMeant={target !== undefined && row.message.seq === target.seq}
            jump={props.jump}
          />
        )}
        components={components}
        alignToBottom
        atBottomThreshold={48}
        atBottomStateChange={setIsAtEnd}
        followOutput={(isAtBottom) =>
          isAtBottom || rows.at(-1)?.message.status === "sending" ? "auto" : false
        }
        startReached={older}
        increaseViewportBy={400}
        aria-label="Messages"
      />
      {!isAtEnd && (
        <button
          type="button"
          className="to-end"
          onClick={() => list.current?.scrollToIndex({ index: "LAST", align: "end" })}
        >
          <DownIcon /> Newest messages
        </button>
      )}
    </div>
  );
}

/** As many as the client keeps of a room. */
const messagesMax = 500;

interface Context {
  room: ChatRoom;
  hasOlder: boolean;
  isFull: boolean;
}

const components = {
  Header: ({ context }: { context?: Context }) => <Top {...(context as Context)} />,
  Footer: () => <div className="list-end" />,
};

function Top({ room, hasOlder, isFull }: Context) {
  if (!hasOlder) return <Beginning room={room.name} />;
  return (
    <p className="top" role="status">
      {isFull ? `The newest ${messagesMax} messages are shown.` : "Loading older messages…"}
    </p>
  );
}

function Beginning({ room, isEmpty = false }: { room: string; isEmpty?: boolean }) {
  const isDirect = room.startsWith("dm:");
  const place = isDirect ? "this conversation" : `#${room}`;
  return (
    <div className={isEmpty ? "beginning empty" : "beginning"}>
      <h3>This is the beginning of {place}</h3>
      <p>
        {isEmpty
          ? `Nothing has been said yet. Write the first message${
              isDirect ? "." : ", and tell others the room's name so that they can join."
            }`
          : "Everything said since then is here."}
      </p>
    </div>
  );
}

/** Scrolls to a message, and pages back for it, as far as the room shows. */
function useJump(
  room: ChatRoom,
  messages: RoomSnapshot["messages"],
  target: Target | undefined,
  scrollTo: (index: number) => void,
): void {
  const done = useRef<Target>(undefined);
  useEffect(() => {
    if (target === undefined || done.current === target) return;
    const index = messages.findIndex(({ seq }) => seq === target.seq);
    if (index >= 0) {
      done.current = target;
      scrollTo(index);
    } else room.older().catch(() => {}); // what comes is looked at in turn
  }, [room, messages, target, scrollTo]);
}

/** Follows where the first message of before is now, or which of before is the first one now. */
function useFirstIndex(messages: RoomSnapshot["messages"]): number {
  const seen = useRef({ messages, index: indexOrigin });
  const before = seen.current;
  if (before.messages !== messages) {
    const moved = positionIn(messages, before.messages[0]);
    const lost = moved < 0 ? positionIn(before.messages, messages[0]) : 0;
    const index = before.index - Math.max(0, moved) + Math.max(0, lost);
    seen.current = { messages, index };
  }
  return seen.current.index;
}

function positionIn(
  messages: RoomSnapshot["messages"],
  wanted: RoomSnapshot["messages"][number] | undefined,
): number {
  if (wanted === undefined) return -1;
  return messages.findIndex(({ cid, from }) => cid === wanted.cid && from === wanted.from);
}
