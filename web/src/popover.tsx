/** Something small beside the button that opened it, above all else. Escape and a click elsewhere
 * close it, and the focus goes back to the button: the browser does that. */
import { type ReactNode, type RefObject, useLayoutEffect, useRef } from "react";

interface Props {
  anchor: RefObject<HTMLElement | null>;
  label: string;
  role: "menu" | "dialog";
  close: () => void;
  children: ReactNode;
}

const gap = 4;

export function Popover({ anchor, label, role, close, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || anchor.current === null) return undefined;
    element.showPopover();
    const { left, right, top, bottom } = anchor.current.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const isBelow = bottom + gap + height <= innerHeight;
    element.style.top = `${Math.max(gap, isBelow ? bottom + gap : top - gap - height)}px`;
    const from = document.dir === "rtl" ? left : right - width;
    element.style.left = `${Math.max(gap, Math.min(from, innerWidth - width - gap))}px`;
    element.querySelector<HTMLElement>("button, input")?.focus();
    element.addEventListener("keydown", moveFocus);
    return () => {
      // Taken off the page while it is open, it would take the focus along.
      if (element.matches(":popover-open")) element.hidePopover();
    };
  }, [anchor]);
  const named = { role, "aria-label": label };
  return (
    <div
      ref={box}
      popover="auto"
      className="popover"
      {...named}
      onToggle={(event) => {
        if (event.newState === "closed") close();
      }}
    >
      {children}
    </div>
  );
}

/** Arrows walk through the buttons. */
function moveFocus(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step === undefined || document.activeElement instanceof HTMLInputElement) return;
  event.preventDefault();
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  const index = buttons.indexOf(document.activeElement as HTMLButtonElement);
  buttons[(index + step + buttons.length) % buttons.length]?.focus();
}
