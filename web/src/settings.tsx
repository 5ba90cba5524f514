/**
 * What those who lead a room can set of it. The service tells a room's settings to nobody who sets
 * none, so the page knows its title, and leaves all else as it is unless it is chosen.
 */
import type { ChatRoom } from "parley-client";
import * as rooms from "parley-client/rooms";
import { type FormEvent, useState } from "react";
import { Dialog } from "./dialog.tsx";
import type { Role } from "./members.tsx";
import { Moderation } from "./moderation.tsx";

type Settings = Parameters<typeof rooms.configure>[1];

interface Props {
  room: ChatRoom;
  /** The room's title; empty where it has none. */
  title: string;
  role: Role;
  close: () => void;
}

const slowModes = [0, 5_000, 30_000, 300_000];

export function Settings({ room, title, role, close }: Props) {
  const [problem, setProblem] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const slowModeMs = text("slowModeMs");
    const set: Settings = {
      ...(text("title") !== title && { title: text("title") }),
      ...(text("topic") !== "" && { topic: text("topic") }),
      ...(text("invites") !== "" && { invites: text("invites") as "members" | "moderators" }),
      ...(slowModeMs !== "" && { slowModeMs: Number(slowModeMs) }),
    };
    if (Object.keys(set).length === 0) return close();
    rooms.configure(room, set).then(close, (error: Error) => setProblem(error.message));
  };
  return (
    <Dialog title="Room settings" close={close}>
      <form id="settings" onSubmit={submit}>
        <label htmlFor="title">Title</label>
        <input id="title" name="title" maxLength={100} defaultValue={title} />
        <label htmlFor="topic">Topic</label>
        <input id="topic" name="topic" maxLength={500} placeholder="As it is" />
        {role === "owner" && (
          <>
            <label htmlFor="invites">Who may invite</label>
            <select id="invites" name="invites">
              <option value="">As it is</option>
              <option value="members">All members</option>
              <option value="moderators">Moderators and owners</option>
            </select>
            <label htmlFor="slowModeMs">Slow mode</label>
            <select id="slowModeMs" name="slowModeMs">
              <option value="">As it is</option>
              {slowModes.map((ms) => (
                <option key={ms} value={ms}>
                  {ms === 0 ? "Off" : `One message every ${ms / 1000} s`}
                </option>
              ))}
            </select>
          </>
        )}
      </form>
      <Moderation room={room} />
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" form="settings" className="primary">
          Save
        </button>
      </div>
    </Dialog>
  );
}
