/** What can be done with a message: two buttons that show while it is looked at. */
import type { Message } from "parley-client";
import { useRef, useState } from "react";
import { MoreIcon, SmileIcon } from "./icons.tsx";
import { choiceIf, Menu } from "./menu.tsx";
import { ReactionPicker } from "./reactions.tsx";
import type { MessageActions } from "./roomActions.ts";

interface Props {
  message: Message;
  actions: MessageActions;
  isPinned: boolean;
  canLead: boolean;
  openThread?: ((seq: number) => void) | undefined;
}

export function MessageMenu({ message, actions, isPinned, canLead, openThread }: Props) {
  const [opened, setOpened] = useState<"react" | "more">();
  const reacting = useRef<HTMLButtonElement>(null);
  const more = useRef<HTMLButtonElement>(null);
  const close = () => setOpened(undefined);
  const { isMine, seq = 0, thread = seq } = message;
  const root = typeof thread === "number" ? thread : seq;
  const choices = [
    { name: "Reply", act: () => actions.reply(message) },
    ...choiceIf(openThread !== undefined, {
      name: "Reply in thread",
      act: () => openThread?.(root),
    }),
    ...choiceIf(isMine, { name: "Edit", act: () => actions.edit(message) }),
    ...choiceIf(canLead, {
      name: isPinned ? "Unpin" : "Pin",
      act: () => actions.pin(message, !isPinned),
    }),
    ...choiceIf(!isMine, { name: "Report", act: () => actions.report(message) }),
    ...choiceIf(isMine || canLead, {
      name: "Delete",
      act: () => actions.remove(message),
      isDangerous: true,
    }),
  ];
  return (
    <div className="message-menu" data-open={opened && ""}>
      <button
        ref={reacting}
        type="button"
        className="icon"
        aria-label="React"
        title="React"
        aria-haspopup="dialog"
        onClick={() => setOpened("react")}
      >
        <SmileIcon />
      </button>
      <button
        ref={more}
        type="button"
        className="icon"
        aria-label="More"
        title="More"
        aria-haspopup="menu"
        onClick={() => setOpened("more")}
      >
        <MoreIcon />
      </button>
      {opened === "react" && (
        <ReactionPicker
          anchor={reacting}
          close={close}
          choose={(emoji) => {
            actions.react(message, emoji, true);
            close();
          }}
        />
      )}
      {opened === "more" && <Menu anchor={more} label="Message" choices={choices} close={close} />}
    </div>
  );
}
