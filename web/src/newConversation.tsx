/** Asks for the name of a room to join, which makes it, or of somebody to write to. */
import { type Chat, ChatError } from "parley-client";
import { create } from "parley-client/rooms";
import { type FormEvent, useState } from "react";
import { Dialog } from "./dialog.tsx";

export type Ask = "room" | "direct";

interface Props {
  asks: Ask;
  chat: Chat;
  /** With the room to show; without one when it was called off. */
  done: (room?: string) => void;
}

const words = {
  room: {
    title: "New room",
    label: "Name of the room",
    about:
      "Everybody who knows its name may join. If there is no such room, you start and lead it.",
    placeholder: "general",
    action: "Join",
  },
  direct: {
    title: "New direct message",
    label: "User",
    about: "Only the two of you can read it. They see it when you send your first message.",
    placeholder: "bob",
    action: "Write",
  },
};

export function NewConversation({ asks, chat, done }: Props) {
  const [name, setName] = useState("");
  const [isPrivate, setIsPrivate] = useState(false);
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const { title, label, about, placeholder, action } = words[asks];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem("");
    try {
      const made = () => (isPrivate ? createdPrivate(chat, name) : joined(chat, name));
      done(await (asks === "room" ? made() : direct(chat, name)));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setIsBusy(false);
    }
  };

  return (
    <Dialog title={title} close={() => done()}>
      <form onSubmit={submit}>
        <p id="dialog-about">{about}</p>
        <label htmlFor="dialog-name">{label}</label>
        <input
          id="dialog-name"
          required
          autoComplete="off"
          autoCapitalize="none"
          maxLength={asks === "room" ? 64 : 256}
          placeholder={placeholder}
          aria-describedby="dialog-about dialog-problem"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {asks === "room" && (
          <label className="choice">
            <input
              type="checkbox"
              checked={isPrivate}
              onChange={(event) => setIsPrivate(event.target.checked)}
            />
            Private: only those who are invited get in
          </label>
        )}
        <p id="dialog-problem" className="problem" role="alert">
          {problem}
        </p>
        <div className="actions">
          <button type="button" onClick={() => done()}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={isBusy}>
            {isPrivate ? "Create" : action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Its name is made by the service: what was typed is its title. */
async function createdPrivate(chat: Chat, title: string): Promise<string> {
  const room = await create(chat, { visibility: "private", title: title.trim() });
  return room.name;
}

/** People write "Team Lunch" and "#general". */
function roomNameFrom(typed: string): string {
  return typed.trim().toLowerCase().replace(/^#/, "").replaceAll(/\s+/g, "-");
}

/** A room that is there is joined. A new one is made, and led by who makes it. */
async function joined(chat: Chat, typed: string): Promise<string> {
  const name = roomNameFrom(typed);
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) {
    throw new Error("Use letters from a to z, digits, dots, hyphens and underscores.");
  }
  try {
    await create(chat, { visibility: "public", room: name });
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== "conflict") throw error;
    await chat.room(name).join();
  }
  return name;
}

async function direct(chat: Chat, typed: string): Promise<string> {
  const user = typed.trim();
  try {
    return (await chat.to(user)).name;
  } catch (error) {
    if (error instanceof TypeError) throw new Error("There can be no user of that name.");
    throw error;
  }
}
