/** A menu beside the button that opened it. It closes before what was chosen is done. */
import type { RefObject } from "react";
import { Popover } from "./popover.tsx";

export interface Choice {
  name: string;
  act: () => unknown;
  /** It takes something away. */
  isDangerous?: boolean;
}

interface Props {
  anchor: RefObject<HTMLElement | null>;
  label: string;
  choices: readonly Choice[];
  close: () => void;
}

/** A choice that there is under a condition, to be spread into a list. */
export const choiceIf = (isThere: boolean, choice: Choice): Choice[] => (isThere ? [choice] : []);

export function Menu({ anchor, label, choices, close }: Props) {
  return (
    <Popover anchor={anchor} label={label} role="menu" close={close}>
      {choices.map(({ name, act, isDangerous }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          data-danger={isDangerous ? "" : undefined}
          onClick={() => {
            close();
            act();
          }}
        >
          {name}
        </button>
      ))}
    </Popover>
  );
}
