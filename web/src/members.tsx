/** Who is in a room, and what those who lead it can do about them. */
import type { Chat, ChatRoom } from "parley-client";
import * as rooms from "parley-client/rooms";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { MoreIcon } from "./icons.tsx";
import { Popover } from "./popover.tsx";
import { ReasonForm } from "./reasonForm.tsx";

export type Role = "owner" | "moderator" | "member";

interface Member {
  user: string;
  role: Role;
  mutedUntilMs?: number | undefined;
}

interface Props {
  chat: Chat;
  room: ChatRoom;
  me: string | undefined;
  role: Role;
  blocked: ReadonlySet<string>;
  block: (user: string, on: boolean) => Promise<void>;
  close: () => void;
}

const rank: Record<Role, number> = { member: 0, moderator: 1, owner: 2 };
const muteMs = 10 * 60_000;

export function Members(props: Props) {
  const { room, close } = props;
  const [members, setMembers] = useState<readonly Member[]>();
  const [problem, setProblem] = useState("");
  const [asked, ask] = useState<{ user: string; what: "Remove" | "Ban" }>();

  const load = useCallback(async () => {
    try {
      const all: Member[] = [];
      for await (const page of rooms.members(room)) all.push(...page);
      setMembers(all);
    } catch (error) {
      setProblem((error as Error).message);
    }
  }, [room]);
  useEffect(() => void load(), [load]);
  const act = async (done: Promise<void>) => {
    setProblem("");
    await done.catch((error: Error) => setProblem(error.message));
    await load();
  };

  if (asked !== undefined) {
    const put = asked.what === "Ban" ? rooms.ban : rooms.kick;
    return (
      <Dialog title={`${asked.what} ${asked.user}`} close={close}>
        <ReasonForm
          about={asked.what === "Ban" ? "They cannot come back." : "They may come back."}
          action={asked.what}
          act={(reason) => put(room, asked.user, { reason })}
          done={() => {
            ask(undefined);
            void load();
          }}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title="Members" close={close}>
      <Invite room={room} />
      {members === undefined && problem === "" && <p role="status">Loading…</p>}
      <ul className="members">
        {members?.map((member) => (
          <MemberRow key={member.user} {...props} member={member} act={act} ask={ask} />
        ))}
      </ul>
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="actions">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Invite({ room }: Pick<Props, "room">) {
  const [user, setUser] = useState("");
  const [said, setSaid] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = user.trim();
    rooms.invite(room, name).then(
      () => {
        setSaid(`${name} is invited.`);
        setUser("");
      },
      (error: Error) => setSaid(error.message),
    );
  };
  return (
    <form className="invite" onSubmit={submit}>
      <label className="unseen" htmlFor="invite">
        Invite a user
      </label>
      <input
        id="invite"
        required
        autoComplete="off"
        autoCapitalize="none"
        placeholder="Invite a user"
        value={user}
        onChange={(event) => setUser(event.target.value)}
      />
      <button type="submit" className="primary">
        Invite
      </button>
      <p role="status">{said}</p>
    </form>
  );
}

interface RowProps extends Props {
  member: Member;
  act: (done: Promise<void>) => Promise<void>;
  ask: (asked: { user: string; what: "Remove" | "Ban" }) => void;
}

function MemberRow({ room, me, role, blocked, block, member, act, ask }: RowProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const { user, mutedUntilMs } = member;
  const isMuted = (mutedUntilMs ?? 0) > Date.now();
  const canLead = rank[role] > rank[member.role] && role !== "member";
  const grant = (to: Role) => act(rooms.grant(room, user, to));
  const others = (["owner", "moderator", "member"] as const).filter((one) => one !== member.role);
  const choices: [name: string, act: () => unknown][] = [
    ...(canLead
      ? ([
          [
            isMuted ? "Unmute" : "Mute for 10 minutes",
            () => act(rooms.mute(room, user, isMuted ? 0 : muteMs)),
          ],
          ["Remove…", () => ask({ user, what: "Remove" })],
          ["Ban…", () => ask({ user, what: "Ban" })],
        ] satisfies [string, () => unknown][])
      : []),
    ...(role === "owner" && user !== me
      ? others.map((one): [string, () => unknown] => [`Make ${one}`, () => grant(one)])
      : []),
    [blocked.has(user) ? "Unblock" : "Block", () => act(block(user, !blocked.has(user)))],
  ];
  return (
    <li>
      <Avatar user={user} name={user} />
      <span className="name" dir="auto">
        {user}
        {user === me && " (you)"}
      </span>
      <span className="role">
        {[
          member.role === "member" ? "" : member.role,
          isMuted && "muted",
          blocked.has(user) && "blocked",
        ]
          .filter(Boolean)
          .join(", ")}
      </span>
      {user !== me && (
        <button
          ref={button}
          type="button"
          className="icon"
          aria-label={`What to do about ${user}`}
          aria-haspopup="menu"
          onClick={() => setIsOpen(true)}
        >
          <MoreIcon />
        </button>
      )}
      {isOpen && (
        <Popover anchor={button} label={user} role="menu" close={() => setIsOpen(false)}>
          {choices.map(([name, choose]) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              data-danger={/^(Remove|Ban|Block)/.test(name) ? "" : undefined}
              onClick={() => {
                setIsOpen(false);
                choose();
              }}
            >
              {name}
            </button>
          ))}
        </Popover>
      )}
    </li>
  );
}
