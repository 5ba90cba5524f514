/** What can be done with a message: two buttons that show while it is looked at. */
import type { Message } from "parley-client";
import { useRef, useState } from "react";
import { MoreIcon, SmileIcon } from "./icons.tsx";
import { Popover } from "./popover.tsx";
import { ReactionPicker } from "./reactions.tsx";
import type { MessageActions } from "./roomActions.ts";

interface Props {
  message: Message;
  actions: MessageActions;
  isPinned: boolean;
  canLead: boolean;
}

export function MessageMenu({ message, actions, isPinned, canLead }: Props) {
  const [opened, setOpened] = useState<"react" | "more">();
  const reacting = useRef<HTMLButtonElement>(null);
  const more = useRef<HTMLButtonElement>(null);
  const close = () => setOpened(undefined);
  const { isMine } = message;
  const choices: [name: string, act: () => void, isThere: boolean][] = [
    ["Reply", () => actions.reply(message), true],
    ["Edit", () => actions.edit(message), isMine],
    [isPinned ? "Unpin" : "Pin", () => actions.pin(message, !isPinned), canLead],
    ["Report", () => actions.report(message), !isMine],
    ["Delete", () => actions.remove(message), isMine || canLead],
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
      {opened === "more" && (
        <Popover anchor={more} label="Message" role="menu" close={close}>
          {choices
            .filter(([, , isThere]) => isThere)
            .map(([name, act]) => (
              <button
                key={name}
                type="button"
                role="menuitem"
                data-danger={name === "Delete" ? "" : undefined}
                onClick={() => {
                  close();
                  act();
                }}
              >
                {name}
              </button>
            ))}
        </Popover>
      )}
    </div>
  );
}
