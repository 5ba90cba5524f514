/** Above a room: how it is called, who is there, and what can be done about it. */
import type { ChatRoom, ConnectionSnapshot, RoomSnapshot, RoomSummary } from "parley-client";
import { useRef, useState } from "react";
import { BackIcon, LockIcon, MoreIcon, PeopleIcon } from "./icons.tsx";
import { type Choice, Menu } from "./menu.tsx";
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
  /** In a direct room: whether both users have written, and are told of each other. */
  areAcquainted: boolean;
  blocked: ReadonlySet<string>;
  show: (dialog: "members" | "settings") => void;
  leave: () => void;
  block: (user: string, on: boolean) => void;
}

export function RoomHeader(props: HeaderProps) {
  const { room, snapshot, names, connection, summary, jump, show, leave } = props;
  const { areAcquainted, blocked, block } = props;
  const me = connection.user;
  const peer = peerOf(room.name, me);
  const others = snapshot.online.filter((user) => user !== me);
  const called = others.map((user) => names.get(user) ?? user);
  const title = titleOf(summary ?? { room: room.name }, me);
  const isBlocked = peer !== undefined && blocked.has(peer);
  const blockChoice = {
    name: isBlocked ? "Unblock" : "Block",
    act: () => peer !== undefined && block(peer, !isBlocked),
    isDangerous: !isBlocked,
  };
  const presence =
    peer === undefined
      ? whoIsOnline(called)
      : aboutPeer(others.length > 0, areAcquainted, isBlocked);
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
            {connection.state === "live" ? presence : nothing}
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
      {peer !== undefined && peer !== me && (
        <MenuButton label="This conversation" choices={[blockChoice]} />
      )}
    </header>
  );
}

function RoomMenu({
  mayChange,
  show,
  leave,
}: Pick<HeaderProps, "show" | "leave"> & { mayChange: boolean }) {
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
      <MenuButton label="This room" choices={choices} />
    </>
  );
}

function MenuButton({ label, choices }: { label: string; choices: readonly Choice[] }) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        onClick={() => setIsOpen(true)}
      >
        <MoreIcon />
      </button>
      {isOpen && <Menu anchor={button} {...{ label, choices, close }} />}
    </>
  );
}

/** Keeps the place of a line. */
const nothing = "\u00a0";

function whoIsOnline(names: readonly string[]): string {
  return names.length > 0 ? `${listed(names)} online` : "Nobody else is here right now";
}

/** Of somebody who is not told of me, nor I of them, it cannot be said that they are not online. */
function aboutPeer(isOnline: boolean, areAcquainted: boolean, isBlocked: boolean): string {
  if (isBlocked) return "Blocked: what they write is not shown";
  if (isOnline) return "Online";
  return areAcquainted ? "Not online" : nothing;
}
