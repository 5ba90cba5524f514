/**
 * What is set of a room: moderators and owners change it, other members read it. What somebody has
 * not changed is not sent, so two who set different things both have their way.
 */
import type { ChatRoom } from "parley-client";
import * as rooms from "parley-client/rooms";
import { type FormEvent, useEffect, useState } from "react";
import { Dialog } from "./dialog.tsx";
import type { Role } from "./members.tsx";
import { Moderation } from "./moderation.tsx";
import { isPrivate, titleOf } from "./people.ts";
import { type RoomSettings, type Rule, rulesOf } from "./roomSettings.ts";

interface Props {
  room: ChatRoom;
  role: Role;
  close: () => void;
}

export function Settings({ room, role, close }: Props) {
  const [now, setNow] = useState<RoomSettings>();
  const [problem, setProblem] = useState("");
  const fail = (error: Error) => setProblem(error.message);
  useEffect(() => {
    rooms.settings(room).then(setNow, (error: Error) => setProblem(error.message));
  }, [room]);
  const mayChange = role !== "member";
  const rules = now === undefined ? [] : rulesOf(now, isPrivate(room.name));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (now === undefined) return;
    const set = changedIn(new FormData(event.currentTarget), now, rules);
    if (Object.keys(set).length === 0) return close();
    rooms.configure(room, set).then(close, fail);
  };
  return (
    <Dialog title={mayChange ? "Room settings" : "About this room"} close={close}>
      {now === undefined && problem === "" && <p role="status">Loading…</p>}
      {now !== undefined && mayChange && (
        <form id="settings" onSubmit={submit}>
          <Words room={room} now={now} />
          {role === "owner" && rules.map((rule) => <Choice key={rule.field} {...rule} />)}
        </form>
      )}
      {now !== undefined && role !== "owner" && (
        <Facts topic={mayChange ? undefined : now.topic} rules={rules} />
      )}
      {mayChange && <Moderation room={room} />}
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="actions">
        <button type="button" onClick={close}>
          {mayChange ? "Cancel" : "Close"}
        </button>
        {mayChange && (
          <button type="submit" form="settings" className="primary" disabled={now === undefined}>
            Save
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Words({ room, now }: { room: ChatRoom; now: RoomSettings }) {
  return (
    <>
      <label htmlFor="title">Title</label>
      <input
        id="title"
        name="title"
        dir="auto"
        maxLength={100}
        placeholder={titleOf({ room: room.name })}
        defaultValue={now.title}
      />
      <label htmlFor="topic">Topic</label>
      <textarea
        id="topic"
        name="topic"
        rows={3}
        dir="auto"
        maxLength={500}
        placeholder="What the room is about"
        defaultValue={now.topic}
      />
    </>
  );
}

function Choice({ field, label, value, choices }: Rule) {
  return (
    <div className="rule">
      <label htmlFor={field}>{label}</label>
      <select id={field} name={field} defaultValue={JSON.stringify(value)}>
        {choices.map(([one, name]) => (
          <option key={name} value={JSON.stringify(one)}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** For those who may not change it. */
function Facts({ topic, rules }: { topic: string | undefined; rules: readonly Rule[] }) {
  const facts = rules.map(({ label, value, choices }) => {
    const [, name = ""] = choices.find(([one]) => one === value) ?? [];
    return [label, name] as const;
  });
  return (
    <dl className="facts">
      {[...(topic ? [["Topic", topic] as const] : []), ...facts].map(([label, name]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd dir="auto">{name}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What of a form is another than before, as `configure` takes it. */
function changedIn(
  form: FormData,
  before: RoomSettings,
  rules: readonly Rule[],
): Parameters<typeof rooms.configure>[1] {
  const words = (["title", "topic"] as const).flatMap((field) => {
    const is = String(form.get(field) ?? "").trim();
    return is === (before[field] ?? "") ? [] : [[field, is]];
  });
  const chosen = rules.flatMap(({ field, value }) => {
    const is = form.get(field) ?? JSON.stringify(value);
    return is === JSON.stringify(value) ? [] : [[field, JSON.parse(String(is))]];
  });
  return Object.fromEntries([...words, ...chosen]);
}
