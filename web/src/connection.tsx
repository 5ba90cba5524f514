/** Whether we are connected, in words that somebody can act on. Always somewhere on the screen. */
import type { ConnectionSnapshot } from "parley-client";
import { useEffect, useState } from "react";

interface Props {
  connection: ConnectionSnapshot;
  retry: () => Promise<void>;
  signIn: () => void;
}

export function ConnectionBanner({ connection, retry, signIn }: Props) {
  const { state, reason } = connection;
  return (
    <div className="banner" data-state={state}>
      <p role="status">{told[state]}</p>
      {state === "offline" && <Countdown {...connection} retry={retry} />}
      {(state === "failed" || state === "closed") && (
        <>
          {reason !== undefined && <p>{reason.message}</p>}
          <button type="button" onClick={signIn}>
            Sign in again
          </button>
        </>
      )}
    </div>
  );
}

const told: Record<ConnectionSnapshot["state"], string> = {
  idle: "Connecting…",
  connecting: "Connecting…",
  live: "",
  offline: "Connection lost.",
  closed: "Your sign-in has expired.",
  failed: "You are signed out.",
};

/** Not in the live region: a screen reader would read every second. */
function Countdown({ retryAtMs, retry }: ConnectionSnapshot & Pick<Props, "retry">) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil(((retryAtMs ?? nowMs) - nowMs) / 1000));
  return (
    <>
      <p>{seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting…"}</p>
      <button type="button" onClick={() => void retry().catch(() => {})}>
        Try now
      </button>
    </>
  );
}

/** In the side bar, where it can be looked up at any time. */
export function ConnectionDot({ state }: Pick<ConnectionSnapshot, "state">) {
  const words = { live: "Connected", offline: "Reconnecting", failed: "Signed out" }[
    state as "live"
  ];
  return (
    <span className="connection" data-state={state}>
      {words ?? "Connecting"}
    </span>
  );
}
