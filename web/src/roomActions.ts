/** What somebody does with a room and its messages, and what went wrong the last time. */
import type { ChatRoom, Message } from "parley-client";
import * as messages from "parley-client/messages";
import { useCallback, useMemo, useState } from "react";
import { open } from "./route.ts";

/** What the composer is for, where it is not for a message of its own. */
export type Writing = { kind: "reply" | "edit"; message: Message } | undefined;

export interface MessageActions {
  react: (message: Message, emoji: string, on: boolean) => void;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  remove: (message: Message) => void;
  pin: (message: Message, on: boolean) => void;
  report: (message: Message) => void;
}

type Save = (seq: number, text: string, mentions: string[]) => void;

export function useMessageActions(room: ChatRoom) {
  const [writing, write] = useState<Writing>();
  const [reporting, report] = useState<Message>();
  const [problem, setProblem] = useState("");
  const tell = useCallback((done: Promise<void>, otherwise = "Taken back") => {
    setProblem("");
    done.catch((error: Error) => setProblem(`${otherwise}: ${error.message}.`));
  }, []);
  const actions = useMemo((): MessageActions & { save: Save; leave: () => void } => {
    return {
      react: ({ seq = 0 }, emoji, on) => tell(messages.react(room, seq, emoji, { on })),
      reply: (message) => write({ kind: "reply", message }),
      edit: (message) => write({ kind: "edit", message }),
      remove: ({ seq = 0 }) => tell(messages.remove(room, seq)),
      pin: ({ seq = 0 }, on) => tell(messages.pin(room, seq, { on })),
      report,
      save: (seq, text, mentions) => tell(messages.edit(room, seq, text, { mentions })),
      leave: () =>
        tell(
          room.leave().then(() => open(undefined)),
          "You are still here",
        ),
    };
  }, [room, tell]);
  return { actions, tell, writing, write, reporting, report, problem };
}
