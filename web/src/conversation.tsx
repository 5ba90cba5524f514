/** One room: its people, its messages, and what I write into it. */
import type { Chat, ChatRoom, Message, RoomSnapshot } from "parley-client";
import { useChat, useRoom, useRooms } from "parley-client/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Announcements } from "./announcements.tsx";
import { useBlocked } from "./blocked.ts";
import { Composer, type Draft } from "./composer.tsx";
import { Members, type Role } from "./members.tsx";
import { MessageList, type Target } from "./messageList.tsx";
import { Notice } from "./notice.tsx";
import { usePages } from "./pages.ts";
import { namesIn, peerOf, titleOf } from "./people.ts";
import { Removed } from "./removed.tsx";
import { Report } from "./report.tsx";
import { useMessageActions } from "./roomActions.ts";
import { RoomHeader } from "./roomHeader.tsx";
import { Absent, Typing } from "./roomStates.tsx";
import { Top } from "./roomTop.tsx";
import { open } from "./route.ts";
import { Settings } from "./settings.tsx";
import { ThreadPanel } from "./threadPanel.tsx";
import { isOnlyInThread, useThreadNews } from "./threads.ts";
import { useUnreadMark, useVisibility } from "./unreadMark.ts";

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
  const me = connection.user;
  const told = useRoom(chat, room.name);
  const summary = useRooms(chat).find((one) => one.room === room.name);
  const title = useTitle(titleOf(summary ?? { room: room.name }, me), summary !== undefined);
  const names = useMemo(() => namesIn(told.messages), [told.messages]);
  const isVisible = useVisibility();
  const unreadAfter = useUnreadMark(summary, told.state, isVisible);
  const { blocked, block } = useBlocked(chat, connection.state === "live");
  const { actions, tell, writing, write, reporting, report, problem } = useMessageActions(room);
  const [target, setTarget] = useState<Target>();
  const [dialog, setDialog] = useState<"members" | "settings">();
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [threadSeq, setThreadSeq] = useState<number>();
  const { seenTo, see, unseen } = useThreadNews(told.messages, me, told.state, unreadAfter);
  const { listed, pages, hasNewer } = usePages(room, blocked);
  const areAcquainted = useAcquaintance(room, told);
  useReading(room, told.messages, isAtEnd && isVisible && !hasNewer);

  const role: Role = summary?.role ?? "member";
  const canLead = role !== "member";
  const mentionable = useMentionable(room, me, told.messages, told.online, canLead, blocked);
  const draft = useMemo(() => draftOf(room), [room]);
  const close = () => setDialog(undefined);
  const closeThread = () => {
    setThreadSeq(undefined);
    focusOn(threadSeq);
  };
  const jump = (seq: number) => {
    const meant = told.messages.find((one) => one.seq === seq);
    if (meant && isOnlyInThread(meant)) setThreadSeq(meant.thread as number);
    else setTarget({ seq });
  };

  if (told.state === "left") return <Removed {...{ room, title }} snapshot={told} />;
  const people = { room, title, me, canLead, mentionable, jump };
  return (
    <div className="conversation" data-beside={threadSeq === undefined ? undefined : "thread"}>
      <section className="room" aria-label={title}>
        <RoomHeader
          {...{ room, names, connection, summary, jump, areAcquainted, blocked }}
          snapshot={told}
          show={setDialog}
          leave={actions.leave}
          block={(user, on) => tell(block(user, on))}
        />
        {listed.length > 0 ? (
          <MessageList
            {...people}
            {...{ unreadAfter, actions, target, pages }}
            label="Messages"
            messages={listed}
            pins={told.pins}
            atEnd={setIsAtEnd}
            openThread={setThreadSeq}
            news={unseen}
            top={<Top room={room.name} title={title} hasOlder={pages.hasOlder} />}
          />
        ) : (
          <Absent {...{ room, title }} snapshot={told} />
        )}
        <Typing names={names} typing={told.typing} />
        <Announcements messages={told.messages} />
        <p className="problem taken-back" role="alert">
          {problem}
        </p>
        {told.state !== "failed" && (
          <Composer
            {...{ room, title, writing, write, mentionable, draft }}
            messages={listed}
            save={actions.save}
          />
        )}
      </section>
      {threadSeq !== undefined && (
        <ThreadPanel
          key={threadSeq}
          {...people}
          {...{ blocked, see, isVisible }}
          seq={threadSeq}
          pins={told.pins}
          newAfter={unseen.has(threadSeq) ? seenTo(threadSeq) : undefined}
          close={closeThread}
        />
      )}
      {dialog === "members" && <Members {...{ chat, room, me, role, blocked, block, close }} />}
      {dialog === "settings" && <Settings {...{ room, role, close }} />}
      {reporting !== undefined && (
        <Report room={room} message={reporting} done={() => report(undefined)} />
      )}
    </div>
  );
}

/** What opened the thread of a message, or the message box. */
function focusOn(root: number | undefined): void {
  const opener = document.querySelector<HTMLElement>(`.replies[data-thread="${root}"]`);
  (opener ?? document.getElementById("message"))?.focus();
}

function draftOf(room: ChatRoom): Draft {
  return {
    text: () => room.draft,
    keep: (text) => {
      room.draft = text;
    },
  };
}

/** Moves my read position to the newest message, while I look at the end of the room. */
function useReading(room: ChatRoom, messages: readonly Message[], isLooking: boolean): void {
  const newest = messages.findLast(({ status }) => status === "sent")?.seq;
  useEffect(() => {
    if (isLooking && newest !== undefined) room.read().catch(() => {}); // comes again
  }, [room, isLooking, newest]);
}

/** The service tells two users of each other once both have written: then it is asked again. */
function useAcquaintance(room: ChatRoom, { state, messages }: RoomSnapshot): boolean {
  const isThere = (isMine: boolean) =>
    messages.some((one) => one.status === "sent" && one.isMine === isMine);
  const areAcquainted = room.name.startsWith("dm:") && isThere(true) && isThere(false);
  const before = useRef<boolean>(undefined);
  useEffect(() => {
    if (state !== "open") return undefined;
    const isNew = areAcquainted && before.current === false;
    before.current = areAcquainted;
    return isNew ? room.show() : undefined;
  }, [room, state, areAcquainted]);
  return areAcquainted;
}

/** The room's title, also after it is none of mine any more. */
function useTitle(now: string, isMine: boolean): string {
  const last = useRef(now);
  useEffect(() => {
    if (isMine) last.current = now;
  }, [now, isMine]);
  return isMine ? now : last.current;
}

/** Who wrote here or is online: whom the page knows to be here without asking. */
function useMentionable(
  room: ChatRoom,
  me: string | undefined,
  messages: readonly Message[],
  online: readonly string[],
  canLead: boolean,
  blocked: ReadonlySet<string>,
): readonly string[] {
  return useMemo(() => {
    const users = new Set<string>(online);
    for (const { from } of messages) if (from !== undefined) users.add(from);
    const peer = peerOf(room.name, me);
    if (peer !== undefined) users.add(peer);
    users.delete(me ?? "");
    for (const user of blocked) users.delete(user);
    return [...[...users].sort(), ...(canLead ? ["everyone"] : [])];
  }, [room, me, messages, online, canLead, blocked]);
}
