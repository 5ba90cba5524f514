/** A component sees what the client shows, and is drawn again when that is another object. */
import { useSyncExternalStore } from "react";

interface Source<T> {
  readonly snapshot: T;
  subscribe(listener: () => void): () => void;
}

export function useSnapshot<T>(source: Source<T>): T {
  return useSyncExternalStore(source.subscribe, () => source.snapshot);
}
