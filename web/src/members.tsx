/** Who is in a room, and what those who lead it can do about them. */
import type { Chat, ChatRoom } from "parley-client";
import * as rooms from "parley-client/rooms";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";
import { MoreIcon } from "./icons.tsx";
import { type Choice, choiceIf, Menu } from "./menu.tsx";
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
  const isBlocked = blocked.has(user);
  const choices: Choice[] = [
    ...choiceIf(canLead, {
      name: isMuted ? "Unmute" : "Mute for 10 minutes",
      act: () => act(rooms.mute(room, user, isMuted ? 0 : muteMs)),
    }),
    ...choiceIf(canLead, {
      name: "Remove…",
      act: () => ask({ user, what: "Remove" }),
      isDangerous: true,
    }),
    ...choiceIf(canLead, {
      name: "Ban…",
      act: () => ask({ user, what: "Ban" }),
      isDangerous: true,
    }),
    ...(role === "owner" ? others : []).map((one) => ({
      name: `Make ${one}`,
      act: () => grant(one),
    })),
    {
      name: isBlocked ? "Unblock" : "Block",
      act: () => act(block(user, !isBlocked)),
      isDangerous: !isBlocked,
    },
  ];
  return (
    <li>
      <Avatar user={user} name={user} />
      <span className="name" dir="auto">
        {user}
        {user === me && " (you)"}
      </span>
      <span className="role">
        {[member.role === "member" ? "" : member.role, isMuted && "muted", isBlocked && "blocked"]
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
        <Menu anchor={button} label={user} choices={choices} close={() => setIsOpen(false)} />
      )}
    </li>
  );
}
