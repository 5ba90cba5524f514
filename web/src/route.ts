/** The room on the screen, kept in the address: a reload shows it again, "back" leaves it. */
import { useSyncExternalStore } from "react";

const prefix = "#/";

export function useRoute(): string | undefined {
  return useSyncExternalStore(subscribe, current);
}

export function open(room: string | undefined): void {
  location.hash = room === undefined ? prefix : prefix + encodeURIComponent(room);
}

export const addressOf = (room: string) => prefix + encodeURIComponent(room);

function current(): string | undefined {
  if (!location.hash.startsWith(prefix) || location.hash === prefix) return undefined;
  try {
    return decodeURIComponent(location.hash.slice(prefix.length));
  } catch {
    return undefined; // somebody typed it
  }
}

function subscribe(call: () => void): () => void {
  addEventListener("hashchange", call);
  return () => removeEventListener("hashchange", call);
}
