/** What tabs take from the browser. Tests bring their own. */
import type { Clock } from "./ports.ts";
import { systemPorts } from "./ports.ts";
import type { SocketConstructor } from "./socket.ts";

/** As much of Web Locks as is used here. */
export interface Locks {
  request(
    name: string,
    options: { mode?: "shared"; steal?: boolean; signal?: AbortSignal },
    granted: () => unknown,
  ): Promise<unknown>;
}

/** As much of a BroadcastChannel as is used here. */
export interface Channel {
  onmessage: ((event: { data: never }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** What a program may replace. */
export interface TabPorts {
  /** Opens the one connection. */
  WebSocket: SocketConstructor | undefined;
  clock: Clock;
  /** A name that nothing else ever gets. */
  newId(): string;
  locks: Locks | undefined;
  BroadcastChannel: (new (name: string) => Channel) | undefined;
  /** Call when this page is about to stand still. Returns how to stop that. */
  onFreeze(call: () => void): () => void;
}

interface Events {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface Page {
  WebSocket?: SocketConstructor;
  BroadcastChannel?: new (name: string) => Channel;
  navigator?: { locks?: Locks };
  document?: Events;
  window?: Partial<Events>;
}

export function systemTabPorts(): TabPorts {
  const { WebSocket, BroadcastChannel, navigator, document, window } =
    globalThis as unknown as Page;
  return {
    ...{ WebSocket, BroadcastChannel, locks: navigator?.locks },
    clock: systemPorts.clock,
    newId: systemPorts.newCid,
    onFreeze(call) {
      document?.addEventListener("freeze", call);
      window?.addEventListener?.("pagehide", call);
      return () => {
        document?.removeEventListener("freeze", call);
        window?.removeEventListener?.("pagehide", call);
      };
    },
  };
}
