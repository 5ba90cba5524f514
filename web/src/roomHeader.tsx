/** Above a room: how it is called, who is there, and what can be done about it. */
import type { ChatRoom, ConnectionSnapshot, RoomSnapshot, RoomSummary } from "parley-client";
import { useRef, useState } from "react";
import { BackIcon, LockIcon, MoreIcon, PeopleIcon } from "./icons.tsx";
import { Menu } from "./menu.tsx";
import { isPrivate, listed, peerOf, titleOf } from "./people.ts";
import { useTopic } from "./roomSettings.ts";
import { addressOf } from "./route.ts";

interface HeaderProps {
  room: ChatRoom;
  snapshot: RoomSnapshot;
  names: ReadonlyMap<string, string>;
  connection: ConnectionSnapshot;
  summary: RoomSummary | undefined;
  jump: (seq: number) => void;
  show: (dialog: "members" | "settings") => void;
  leave: () => void;
}

export function RoomHeader(props: HeaderProps) {
  const { room, snapshot, names, connection, summary, jump, show, leave } = props;
  const me = connection.user;
  const peer = peerOf(room.name, me);
  const others = snapshot.online.filter((user) => user !== me);
  const called = others.map((user) => names.get(user) ?? user);
  const title = titleOf(summary ?? { room: room.name }, me);
  const topic = useTopic(room, snapshot.state === "open");
  return (
    <header className="room-header">
      <a className="back icon" href={addressOf("")} aria-label="Back to my conversations">
        <BackIcon />
      </a>
      <div>
        <h2 dir="auto" title={title}>
          {peer === undefined && (
            <span aria-hidden="true">{isPrivate(room.name) ? <LockIcon /> : "#"}</span>
          )}
          {(peer !== undefined && names.get(peer)) || title}
        </h2>
        <p className="about-room">
          <span className="online" data-online={others.length > 0 ? "" : undefined} dir="auto">
            {whoIsOnline(called, peer !== undefined, connection.state)}
          </span>
          {topic !== "" && (
            <span className="topic" dir="auto" title={topic}>
              {topic}
            </span>
          )}
        </p>
      </div>
      {snapshot.pins.length > 0 && (
        <button type="button" className="quiet" onClick={() => jump(snapshot.pins.at(-1) ?? 0)}>
          {snapshot.pins.length} pinned
        </button>
      )}
      {peer === undefined && summary !== undefined && (
        <RoomMenu mayChange={summary.role !== undefined} {...{ show, leave }} />
      )}
    </header>
  );
}

function RoomMenu({
  mayChange,
  show,
  leave,
}: Pick<HeaderProps, "show" | "leave"> & { mayChange: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const choices = [
    { name: mayChange ? "Settings" : "About this room", act: () => show("settings") },
    { name: "Leave", act: leave },
  ];
  return (
    <>
      <button
        type="button"
        className="icon"
        aria-label="Members"
        title="Members"
        onClick={() => show("members")}
      >
        <PeopleIcon />
      </button>
      <button
        ref={button}
        type="button"
        className="icon"
        aria-label="This room"
        title="This room"
        aria-haspopup="menu"
        onClick={() => setIsOpen(true)}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <Menu anchor={button} label="This room" choices={choices} close={() => setIsOpen(false)} />
      )}
    </>
  );
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
