/** For those who lead a room: what was reported, and who is banned. Loaded when it is unfolded. */
import type { ChatRoom } from "parley-client";
import * as messages from "parley-client/messages";
import * as rooms from "parley-client/rooms";
import { type ReactNode, useCallback, useEffect, useState } from "react";

type Report = ReturnType<typeof rooms.reports> extends AsyncGenerator<(infer One)[]> ? One : never;

export function Moderation({ room }: { room: ChatRoom }) {
  return (
    <>
      <Unfolding title="Reported messages">
        <ReportList room={room} />
      </Unfolding>
      <Unfolding title="Banned users">
        <BanList room={room} />
      </Unfolding>
    </>
  );
}

function Unfolding({ title, children }: { title: string; children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="unfolding" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children}
    </details>
  );
}

/** A list that is read as a whole, and again after something was done about it. */
function useList<T>(read: () => Promise<readonly T[]>) {
  const [list, setList] = useState<readonly T[]>();
  const [problem, setProblem] = useState("");
  const load = useCallback(
    () => read().then(setList, (error: Error) => setProblem(error.message)),
    [read],
  );
  useEffect(() => void load(), [load]);
  const act = (done: Promise<void>) => {
    setProblem("");
    done.then(load, (error: Error) => setProblem(error.message));
  };
  return { list, problem, act };
}

interface Judged extends Report {
  /** What somebody has done about it. */
  done: string | undefined;
}

async function readReports(room: ChatRoom): Promise<readonly Judged[]> {
  const banned = new Set((await readBans(room)).map(({ user }) => user));
  const all: Judged[] = [];
  for await (const page of rooms.reports(room)) {
    const seqs = [...new Set(page.map(({ event }) => event.seq))]; // at most 20
    const now = await messages.at(room, seqs);
    const deleted = new Set(now.filter((one) => one.deleted).map(({ seq }) => seq));
    for (const one of page) {
      const { seq, from } = one.event;
      const isBanned = banned.has(from) ? `${from} is banned.` : undefined;
      all.push({ ...one, done: deleted.has(seq) ? "The message was deleted." : isBanned });
    }
  }
  return [...all.filter(({ done }) => !done), ...all.filter(({ done }) => done)];
}

function ReportList({ room }: { room: ChatRoom }) {
  const read = useCallback(() => readReports(room), [room]);
  const { list, problem, act } = useList(read);
  return (
    <Listing list={list} problem={problem} none="Nothing was reported in the last 30 days.">
      {list?.map((one) => (
        <ReportItem key={one.report} room={room} report={one} act={act} />
      ))}
    </Listing>
  );
}

interface ItemProps {
  room: ChatRoom;
  report: Judged;
  act: (done: Promise<void>) => void;
}

function ReportItem({ room, report, act }: ItemProps) {
  const { by, atMs, reason, event, done } = report;
  const text = event.kind === "message" ? event.text : undefined;
  return (
    <li className="reported">
      <p className="about-report">
        {by} reported {event.from}, {when.format(atMs)}
        {reason !== undefined && `: ${reason}`}
      </p>
      <blockquote dir="auto">{text}</blockquote>
      {done !== undefined ? (
        <p className="about-report">{done}</p>
      ) : (
        <div className="deeds">
          <button type="button" onClick={() => act(messages.remove(room, event.seq))}>
            Delete the message
          </button>
          <button type="button" onClick={() => act(rooms.ban(room, event.from, { reason }))}>
            Ban {event.from}
          </button>
        </div>
      )}
    </li>
  );
}

async function readBans(room: ChatRoom): Promise<readonly { user: string }[]> {
  const all: { user: string }[] = [];
  for await (const page of rooms.bans(room)) all.push(...page);
  return all;
}

function BanList({ room }: { room: ChatRoom }) {
  const read = useCallback(() => readBans(room), [room]);
  const { list, problem, act } = useList(read);
  return (
    <Listing list={list} problem={problem} none="Nobody is banned.">
      {list?.map(({ user }) => (
        <li key={user} className="banned">
          <span dir="auto">{user}</span>
          <button type="button" onClick={() => act(rooms.unban(room, user))}>
            Unban<span className="unseen"> {user}</span>
          </button>
        </li>
      ))}
    </Listing>
  );
}

interface ListingProps {
  list: readonly unknown[] | undefined;
  problem: string;
  none: string;
  children: ReactNode;
}

function Listing({ list, problem, none, children }: ListingProps) {
  return (
    <>
      <p role="status">{list === undefined && problem === "" ? "Loading…" : ""}</p>
      {list?.length === 0 && <p>{none}</p>}
      {list !== undefined && list.length > 0 && <ul className="judged">{children}</ul>}
      <p className="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
