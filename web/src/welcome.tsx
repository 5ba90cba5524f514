/** Nothing is open. Tells a newcomer what to do first. */
import type { Chat } from "parley-client";
import { useChat, useRooms } from "parley-client/react";
import { useState } from "react";
import type { Ask } from "./newConversation.tsx";
import { open } from "./route.ts";

export function Welcome({ chat, ask }: { chat: Chat; ask: (asks: Ask) => void }) {
  const connection = useChat(chat);
  const rooms = useRooms(chat);
  const [problem, setProblem] = useState("");
  if (connection.user === undefined) return <p className="notice">Connecting…</p>;
  const joinGeneral = () =>
    chat
      .room("general")
      .join()
      .then(
        () => open("general"),
        (error: Error) => setProblem(error.message),
      );
  return (
    <div className="notice">
      <h2 id="welcome" tabIndex={-1} dir="auto">
        {rooms.length === 0 ? `Welcome, ${connection.user}` : "Choose a conversation"}
      </h2>
      <p>
        {rooms.length === 0
          ? "Start where everybody starts, or write to one person."
          : "Your conversations are at the side. You can also start a new one."}
      </p>
      <div className="choices">
        {rooms.length === 0 && (
          <button type="button" className="primary" onClick={() => void joinGeneral()}>
            Join #general
          </button>
        )}
        <button type="button" onClick={() => ask("room")}>
          New room
        </button>
        <button type="button" onClick={() => ask("direct")}>
          New direct message
        </button>
      </div>
      <p className="problem" role="alert">
        {problem}
      </p>
    </div>
  );
}
