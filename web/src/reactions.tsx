/** Who reacted to a message. A click joins them, or takes mine back. */
import type { Message } from "parley-client";
import { lazy, type RefObject, Suspense } from "react";
import { listed } from "./people.ts";
import { Popover } from "./popover.tsx";

const EmojiPicker = lazy(() => import("./emojiPicker.tsx"));

interface Props {
  message: Message;
  me: string | undefined;
  react: (emoji: string, on: boolean) => void;
}

export function Reactions({ message, me, react }: Props) {
  if (!message.reactions?.length) return null;
  return (
    <ul className="reactions" aria-label="Reactions">
      {message.reactions.map(({ emoji, count, users, isMine }) => {
        const others = users.filter((user) => user !== me);
        const named = [...(isMine ? ["You"] : []), ...others];
        const rest = count - named.length;
        const who = listed(rest > 0 ? [...named, `${rest} more`] : named, 20);
        return (
          <li key={emoji}>
            <button
              type="button"
              aria-pressed={isMine}
              aria-label={`${emoji} ${count}: ${who}`}
              title={who}
              onClick={() => react(emoji, !isMine)}
            >
              <span aria-hidden="true">{emoji}</span> {count}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface PickerProps {
  anchor: RefObject<HTMLElement | null>;
  close: () => void;
  choose: (emoji: string) => void;
}

export function ReactionPicker({ anchor, close, choose }: PickerProps) {
  return (
    <Suspense>
      <Popover anchor={anchor} label="Choose a reaction" role="dialog" close={close}>
        <EmojiPicker choose={choose} />
      </Popover>
    </Suspense>
  );
}
