import { type ReactNode, useLayoutEffect, useRef } from "react";

interface Props {
  title: string;
  close: () => void;
  children: ReactNode;
}

/** A dialog above the page, which Escape closes. */
export function Dialog({ title, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Taken off the page while it is open, it would take the focus along.
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onClose={({ currentTarget }) => {
        if (!currentTarget.open) close();
      }}
    >
      <h2 id="dialog-title" dir="auto">
        {title}
      </h2>
      {children}
    </dialog>
  );
}
