/** Names that complete an @, above the message box. The focus stays in the box. */
import { type RefObject, useState } from "react";
import { Avatar } from "./avatar.tsx";

const shownMax = 6;

interface Completion {
  /** Of the list, which is there once for each box. */
  id: string;
  found: readonly string[];
  chosen: number;
  take: (name: string) => void;
  /** Whether the key was for the list. */
  press: (key: string) => boolean;
  /** What the box says of the list. */
  described: { "aria-controls"?: string; "aria-activedescendant"?: string };
}

export function useCompletion(
  box: RefObject<HTMLTextAreaElement | null>,
  boxId: string,
  text: string,
  names: readonly string[],
  change: (text: string) => void,
): Completion {
  const [chosen, setChosen] = useState(0);
  const [refused, setRefused] = useState("");
  const [, begun] = /(?:^|\s)@([^\s@]{0,40})$/.exec(text) ?? [];
  const wanted = begun?.toLowerCase();
  const isOpen = wanted !== undefined && text !== refused;
  const found = isOpen
    ? names.filter((name) => name.toLowerCase().startsWith(wanted)).slice(0, shownMax)
    : [];
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const take = (name: string) => {
    change(`${text.slice(0, text.length - (begun?.length ?? 0))}${name} `);
    setChosen(0);
    box.current?.focus();
  };
  const press = (pressed: string) => {
    const name = found[at];
    if (name === undefined) return false;
    if (pressed === "Enter" || pressed === "Tab") take(name);
    else if (pressed === "ArrowDown") setChosen((at + 1) % found.length);
    else if (pressed === "ArrowUp") setChosen((at - 1 + found.length) % found.length);
    else if (pressed === "Escape") setRefused(text);
    else return false;
    return true;
  };
  const id = `${boxId}-completions`;
  const described =
    found.length > 0 ? { "aria-controls": id, "aria-activedescendant": `${id}-${at}` } : {};
  return { id, found, chosen: at, take, press, described };
}

export function Completions({ id, found, chosen, take }: Completion) {
  if (found.length === 0) return null;
  return (
    <div id={id} className="completions" role="listbox" aria-label="People to mention">
      {found.map((name, index) => (
        <div
          key={name}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onPointerDown={(event) => {
            event.preventDefault(); // the box keeps the focus
            take(name);
          }}
        >
          <Avatar user={name} name={name} />
          <span dir="auto">{name}</span>
        </div>
      ))}
    </div>
  );
}
