/** What there is to say in place of something, and what to do about it. */
import type { ReactNode } from "react";

interface Props {
  title: string;
  children?: ReactNode;
  action?: string;
  act?: () => void;
}

export function Notice({ title, children, action, act }: Props) {
  return (
    <div className="notice">
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action !== undefined && (
        <button type="button" className="primary" onClick={act}>
          {action}
        </button>
      )}
    </div>
  );
}
