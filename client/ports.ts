/** Time, chance and names, as far as the client needs them. Tests bring their own. */
export interface Clock {
  nowMs(): number;
  /** Call once, after so long. Returns how to call it off. */
  after(ms: number, call: () => void): () => void;
}

export interface Ports {
  clock: Clock;
  /** At least 0 and below 1. */
  random(): number;
  /** A name for a message that nobody else ever gives to one. */
  newCid(): string;
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
};
