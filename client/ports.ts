/** Time, chance, names and wake-ups, as far as the client needs them. Tests bring their own. */
export interface Clock {
  nowMs(): number;
  /** Call once, after so long. Returns how to call it off. */
  after(ms: number, call: () => void): () => void;
}

/** What the client takes from its surroundings. */
export interface Ports {
  clock: Clock;
  /** At least 0 and below 1. */
  random(): number;
  /** A name for a message that nobody else ever gives to one. */
  newCid(): string;
  /** Call whenever the network may have come back unnoticed. Returns how to stop that. */
  onWakeUp(call: () => void): () => void;
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** As much of a page as is used here: it is shown or hidden, and its network goes and comes. */
interface Page {
  document?: EventSource & { visibilityState: string };
  /** React Native has one that is no source of events. */
  window?: Partial<EventSource>;
}

export const systemPorts: Ports = {
  clock: {
    nowMs: () => Date.now(),
    after(ms, call) {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
  },
  random: Math.random,
  // randomUUID is missing on pages that are not served over TLS.
  newCid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
  // Elsewhere than on a page there is neither, and nothing tells.
  onWakeUp(call) {
    const { document, window } = globalThis as Page;
    const shown = () => {
      if (document?.visibilityState === "visible") call();
    };
    document?.addEventListener("visibilitychange", shown);
    window?.addEventListener?.("online", call);
    return () => {
      document?.removeEventListener("visibilitychange", shown);
      window?.removeEventListener?.("online", call);
    };
  },
};
