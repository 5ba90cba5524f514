/** One room: its people, its messages, and what I write into it. */
import type { Chat, ChatRoom, ConnectionSnapshot, RoomSnapshot, RoomSummary } from "parley-client";
import { useChat, useRoom, useRooms } from "parley-client/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Announcements } from "./announcements.tsx";
import { Composer } from "./composer.tsx";
import { BackIcon } from "./icons.tsx";
import { MessageList } from "./messageList.tsx";
import { Notice } from "./notice.tsx";
import { listed, namesIn, peerOf, titleOf } from "./people.ts";
import { addressOf, open } from "./route.ts";

export function Conversation({ chat, name }: { chat: Chat; name: string }) {
  const room = useMemo(() => findRoom(chat, name), [chat, name]);
  if (room === undefined) {
    return (
      <Notice
        title="There can be no such room"
        action="Back to my rooms"
        act={() => open(undefined)}
      >
        The address of this page names a room that cannot exist.
      </Notice>
    );
  }
  return <OpenRoom chat={chat} room={room} />;
}

/** Undefined when somebody typed an address that is no room's. */
function findRoom(chat: Chat, name: string): ChatRoom | undefined {
  try {
    return chat.room(name);
  } catch {
    return undefined;
  }
}

function OpenRoom({ chat, room }: { chat: Chat; room: ChatRoom }) {
  const connection = useChat(chat);
  const snapshot = useRoom(chat, room.name);
  const summary = useRooms(chat).find((one) => one.room === room.name);
  const names = useMemo(() => namesIn(snapshot.messages), [snapshot.messages]);
  const isVisible = useVisibility();
  const unreadAfter = useUnreadMark(summary, snapshot.state, isVisible);

  return (
    <>
      <RoomHeader {...{ room, snapshot, names, connection, summary }} />
      {snapshot.messages.length > 0 || snapshot.state === "open" ? (
        <MessageList {...{ room, snapshot, unreadAfter, isVisible }} />
      ) : (
        <Absent room={room} snapshot={snapshot} />
      )}
      <Typing names={names} typing={snapshot.typing} />
      <Announcements messages={snapshot.messages} />
      {snapshot.state !== "failed" && (
        <Composer room={room} title={titleOf(summary ?? { room: room.name }, connection.user)} />
      )}
    </>
  );
}

interface HeaderProps {
  room: ChatRoom;
  snapshot: RoomSnapshot;
  names: ReadonlyMap<string, string>;
  connection: ConnectionSnapshot;
  summary: RoomSummary | undefined;
}

function RoomHeader({ room, snapshot, names, connection, summary }: HeaderProps) {
  const me = connection.user;
  const peer = peerOf(room.name, me);
  const others = snapshot.online.filter((user) => user !== me);
  const called = others.map((user) => names.get(user) ?? user);
  const title = titleOf(summary ?? { room: room.name }, me);
  return (
    <header className="room-header">
      <a className="back icon" href={addressOf("")} aria-label="Back to my conversations">
        <BackIcon />
      </a>
      <div>
        <h2 dir="auto" title={title}>
          {peer === undefined && <span aria-hidden="true">#</span>}
          {(peer !== undefined && names.get(peer)) || title}
        </h2>
        <p className="online" data-online={others.length > 0 ? "" : undefined} dir="auto">
          {whoIsOnline(called, peer !== undefined, connection.state)}
        </p>
      </div>
      {peer === undefined && summary !== undefined && (
        <button type="button" className="quiet" onClick={() => void leave(room)}>
          Leave
        </button>
      )}
    </header>
  );
}

async function leave(room: ChatRoom): Promise<void> {
  try {
    await room.leave();
    open(undefined);
  } catch {
    // The connection is gone, and the banner says so.
  }
}

function whoIsOnline(
  names: readonly string[],
  isDirect: boolean,
  state: ConnectionSnapshot["state"],
): string {
  if (state !== "live") return "\u00a0";
  if (isDirect) return names.length > 0 ? "Online" : "Not online";
  return names.length > 0 ? `${listed(names)} online` : "Nobody else is here right now";
}

function Absent({ room, snapshot }: { room: ChatRoom; snapshot: RoomSnapshot }) {
  const [problem, setProblem] = useState("");
  if (snapshot.state === "opening") return <Skeleton />;
  const again = () => void room.join().catch((error: Error) => setProblem(error.message));
  const isStranger = snapshot.state === "idle" || snapshot.error?.code === "not_member";
  if (isStranger) {
    return (
      <Notice title={`You are not in #${room.name}`} action={`Join #${room.name}`} act={again}>
        {problem || "Join to read what was said and to take part."}
      </Notice>
    );
  }
  const retry = () => void room.open().catch(() => {}); // the snapshot says so
  return (
    <Notice title="This room cannot be opened" action="Try again" act={retry}>
      {snapshot.error?.message}
    </Notice>
  );
}

function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label="Loading messages">
      {[70, 45, 60, 30].map((width) => (
        <div key={width} className={`bone w${width}`} />
      ))}
    </div>
  );
}

function Typing({ typing, names }: Pick<RoomSnapshot, "typing"> & Pick<HeaderProps, "names">) {
  const called = typing.map((user) => names.get(user) ?? user);
  const verb = called.length === 1 ? "is" : "are";
  return (
    <p className="typing" dir="auto" aria-live="off">
      {called.length > 0 ? `${listed(called)} ${verb} typing…` : "\u00a0"}
    </p>
  );
}

function useVisibility(): boolean {
  const [isVisible, setIsVisible] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setIsVisible(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}

/**
 * The read position when the room came on the screen, if anything was unread. It does not move
 * while somebody reads, or the mark would be gone before it was seen; it moves when they look away.
 */
function useUnreadMark(
  summary: RoomSummary | undefined,
  state: RoomSnapshot["state"],
  isVisible: boolean,
): number | undefined {
  const mark = useRef<{ after: number | undefined }>(undefined);
  const isDecided = isVisible && mark.current !== undefined;
  if (!isDecided && state === "open" && summary !== undefined) {
    mark.current = { after: summary.unread > 0 ? summary.readSeq : undefined };
  }
  return mark.current?.after;
}
