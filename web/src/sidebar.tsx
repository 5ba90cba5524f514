/** My rooms and direct messages, with what is unread in each. */
import type { ConnectionSnapshot, Invitation, RoomSummary } from "parley-client";
import { useState } from "react";
import { Avatar } from "./avatar.tsx";
import { ConnectionDot } from "./connection.tsx";
import { LockIcon, PlusIcon } from "./icons.tsx";
import type { Ask } from "./newConversation.tsx";
import { isPrivate, peerOf, titleOf } from "./people.ts";
import { addressOf } from "./route.ts";

interface Props {
  connection: ConnectionSnapshot;
  rooms: readonly RoomSummary[];
  current: string | undefined;
  ask: (asks: Ask) => void;
  signOut: () => void;
  /** Message requests, which stand behind the invitations. */
  requests: React.ReactNode;
  invitations: readonly Invitation[];
  answer: (room: string, isAccepted: boolean) => void;
}

export function Sidebar(props: Props) {
  const { connection, rooms, current, ask, signOut } = props;
  const [search, setSearch] = useState("");
  const me = connection.user;
  const all = withCurrent(
    rooms.filter((one) => !one.hidden || one.room === current),
    current,
  );
  const wanted = search.trim().toLowerCase();
  const found = all.filter((one) => titleOf(one, me).toLowerCase().includes(wanted));
  const direct = found.filter(({ room }) => peerOf(room, me) !== undefined);
  const open = found.filter((one) => !direct.includes(one));

  return (
    <nav className="sidebar" aria-label="Conversations">
      <header>
        <h1>Parley</h1>
        <input
          type="search"
          aria-label="Search conversations"
          placeholder="Search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </header>
      <div className="lists">
        <Invitations {...props} />
        {props.requests}
        <RoomList title="Rooms" add="New room" onAdd={() => ask("room")}>
          {open.map((one) => (
            <RoomLink key={one.room} {...{ one, me }} isCurrent={one.room === current} />
          ))}
        </RoomList>
        <RoomList title="Direct messages" add="New direct message" onAdd={() => ask("direct")}>
          {direct.map((one) => (
            <RoomLink key={one.room} {...{ one, me }} isCurrent={one.room === current} />
          ))}
        </RoomList>
        {found.length === 0 && wanted !== "" && <p className="none">Nothing found.</p>}
      </div>
      <footer>
        {me !== undefined && <Avatar user={me} name={me} />}
        <div>
          <strong dir="auto">{me ?? "…"}</strong>
          <ConnectionDot state={connection.state} />
        </div>
        <button type="button" className="quiet" onClick={signOut}>
          Sign out
        </button>
      </footer>
    </nav>
  );
}

type Listed = Pick<RoomSummary, "room" | "unread" | "last" | "mentions" | "title">;

/** A direct room becomes one of mine with its first message; it can be shown before. */
function withCurrent(rooms: readonly Listed[], current: string | undefined): readonly Listed[] {
  const isNew = current?.startsWith("dm:") && !rooms.some(({ room }) => room === current);
  return isNew ? [...rooms, { room: current ?? "", unread: 0, mentions: 0 }] : rooms;
}

function Invitations({ invitations, answer }: Pick<Props, "invitations" | "answer">) {
  if (invitations.length === 0) return null;
  return (
    <section aria-label="Invitations">
      <div className="heading">
        <h2>Invitations</h2>
      </div>
      <ul>
        {invitations.map(({ room, by, title }) => (
          <li key={room} className="invitation">
            <p dir="auto">
              <strong>{title || titleOf({ room })}</strong>
              {by !== undefined && ` from ${by}`}
            </p>
            <button type="button" className="primary" onClick={() => answer(room, true)}>
              Accept
            </button>
            <button type="button" onClick={() => answer(room, false)}>
              Decline
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ListProps {
  title: string;
  add: string;
  onAdd: () => void;
  children: React.ReactNode[];
}

function RoomList({ title, add, onAdd, children }: ListProps) {
  return (
    <section aria-label={title}>
      <div className="heading">
        <h2>{title}</h2>
        <button type="button" className="icon" aria-label={add} title={add} onClick={onAdd}>
          <PlusIcon />
        </button>
      </div>
      {children.length > 0 && <ul>{children}</ul>}
      {children.length === 0 && (
        <button type="button" className="hint" onClick={onAdd}>
          {add}
        </button>
      )}
    </section>
  );
}

interface LinkProps {
  one: Listed;
  me: string | undefined;
  isCurrent: boolean;
}

function RoomLink({ one, me, isCurrent }: LinkProps) {
  const peer = peerOf(one.room, me);
  const title = titleOf(one, me);
  return (
    <li>
      <a
        href={addressOf(one.room)}
        aria-current={isCurrent ? "page" : undefined}
        data-unread={one.unread > 0 ? "" : undefined}
        title={title}
      >
        {peer === undefined ? (
          <span className="hash" aria-hidden="true">
            {isPrivate(one.room) ? <LockIcon /> : "#"}
          </span>
        ) : (
          <Avatar user={peer} name={title} />
        )}
        <span className="name" dir="auto">
          {title}
        </span>
        {one.mentions > 0 && (
          <span className="badge mention">
            @{one.mentions > 99 ? "99+" : one.mentions}
            <span className="unseen"> {one.mentions === 1 ? "mention" : "mentions"}</span>
          </span>
        )}
        {one.unread > 0 && (
          <span className="badge">
            {one.unread > 99 ? "99+" : one.unread}
            <span className="unseen"> unread</span>
          </span>
        )}
      </a>
    </li>
  );
}
