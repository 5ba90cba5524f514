import { type ReactNode, useEffect, useRef } from "react";

interface Props {
  title: string;
  close: () => void;
  children: ReactNode;
}

/** A dialog above the page, which Escape closes. */
export function Dialog({ title, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={close}>
      <h2 id="dialog-title" dir="auto">
        {title}
      </h2>
      {children}
    </dialog>
  );
}
