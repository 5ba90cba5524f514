/** What those who lead a room can set of it. */
import type { ChatRoom } from "parley-client";
import * as rooms from "parley-client/rooms";
import { type FormEvent, useEffect, useState } from "react";
import { Dialog } from "./dialog.tsx";
import type { Role } from "./members.tsx";

type Settings = Awaited<ReturnType<typeof rooms.configure>>;

const slowModes = [0, 5_000, 30_000, 300_000];

export function Settings({ room, role, close }: { room: ChatRoom; role: Role; close: () => void }) {
  const [settings, setSettings] = useState<Settings>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    rooms.configure(room, {}).then(setSettings, (error: Error) => setProblem(error.message));
  }, [room]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const mine = { title: text("title"), topic: text("topic") };
    const owners = role === "owner" && {
      invites: text("invites") as "members" | "moderators",
      slowModeMs: Number(text("slowModeMs")),
    };
    rooms
      .configure(room, { ...mine, ...owners })
      .then(close, (error: Error) => setProblem(error.message));
  };
  return (
    <Dialog title="Room settings" close={close}>
      {settings !== undefined && (
        <form id="settings" onSubmit={submit}>
          <label htmlFor="title">Title</label>
          <input id="title" name="title" maxLength={100} defaultValue={settings.title} />
          <label htmlFor="topic">Topic</label>
          <input id="topic" name="topic" maxLength={500} defaultValue={settings.topic} />
          {role === "owner" && (
            <>
              <label htmlFor="invites">Who may invite</label>
              <select id="invites" name="invites" defaultValue={settings.invites}>
                <option value="members">All members</option>
                <option value="moderators">Moderators and owners</option>
              </select>
              <label htmlFor="slowModeMs">Slow mode</label>
              <select id="slowModeMs" name="slowModeMs" defaultValue={settings.slowModeMs}>
                {slowModes.map((ms) => (
                  <option key={ms} value={ms}>
                    {ms === 0 ? "Off" : `One message every ${ms / 1000} s`}
                  </option>
                ))}
              </select>
            </>
          )}
        </form>
      )}
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" form="settings" className="primary" disabled={settings === undefined}>
          Save
        </button>
      </div>
    </Dialog>
  );
}
