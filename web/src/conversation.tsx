/** One room: its people, its messages, and what I write into it. */
import type { Chat, ChatRoom, Message } from "parley-client";
import { useChat, useRoom, useRooms } from "parley-client/react";
import { report as reportMessage } from "parley-client/rooms";
import { useEffect, useMemo, useRef, useState } from "react";
import { Announcements } from "./announcements.tsx";
import { useBlocked } from "./blocked.ts";
import { Composer } from "./composer.tsx";
import { Dialog } from "./dialog.tsx";
import { Members, type Role } from "./members.tsx";
import { MessageList, type Target } from "./messageList.tsx";
import { Notice } from "./notice.tsx";
import { namesIn, peerOf, titleOf } from "./people.ts";
import { ReasonForm } from "./reasonForm.tsx";
import { Removed } from "./removed.tsx";
import { useMessageActions } from "./roomActions.ts";
import { RoomHeader } from "./roomHeader.tsx";
import { Absent, Typing } from "./roomStates.tsx";
import { open } from "./route.ts";
import { Settings } from "./settings.tsx";
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
  const { actions, writing, write, reporting, report, problem } = useMessageActions(room);
  const { blocked, block } = useBlocked(chat, connection.state === "live");
  const [target, setTarget] = useState<Target>();
  const [dialog, setDialog] = useState<"members" | "settings">();

  const snapshot = useMemo(() => {
    if (blocked.size === 0) return told;
    const messages = told.messages.filter(({ from }) => !blocked.has(from ?? ""));
    return { ...told, messages };
  }, [told, blocked]);
  const role: Role = summary?.role ?? "member";
  const canLead = role !== "member";
  const mentionable = useMentionable(room, me, snapshot.messages, snapshot.online, canLead);
  const jump = (seq: number) => setTarget({ seq });
  const close = () => setDialog(undefined);

  if (snapshot.state === "left") return <Removed {...{ room, snapshot, title }} />;
  return (
    <>
      <RoomHeader {...{ room, snapshot, names, connection, summary, jump }} show={setDialog} />
      {snapshot.messages.length > 0 || snapshot.state === "open" ? (
        <MessageList
          {...{ room, snapshot, unreadAfter, isVisible, me, actions, canLead, target, jump }}
        />
      ) : (
        <Absent room={room} snapshot={snapshot} />
      )}
      <Typing names={names} typing={snapshot.typing} />
      <Announcements messages={snapshot.messages} />
      <p className="problem taken-back" role="alert">
        {problem}
      </p>
      {snapshot.state !== "failed" && (
        <Composer {...{ room, title, writing, write, mentionable }} save={actions.save} />
      )}
      {dialog === "members" && <Members {...{ chat, room, me, role, blocked, block, close }} />}
      {dialog === "settings" && <Settings {...{ room, role, close }} />}
      {reporting?.seq !== undefined && (
        <Dialog title="Report this message" close={() => report(undefined)}>
          <ReasonForm
            about="Those who lead the room are shown a copy of it."
            action="Report"
            act={(reason) => reportMessage(room, reporting.seq ?? 0, { reason })}
            done={() => report(undefined)}
          />
        </Dialog>
      )}
    </>
  );
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
): readonly string[] {
  return useMemo(() => {
    const users = new Set<string>(online);
    for (const { from } of messages) if (from !== undefined) users.add(from);
    const peer = peerOf(room.name, me);
    if (peer !== undefined) users.add(peer);
    users.delete(me ?? "");
    return [...[...users].sort(), ...(canLead ? ["everyone"] : [])];
  }, [room, me, messages, online, canLead]);
}
