/** A thread in a terminal: its message and the replies, in place of the room. */
import type { ChatRoom, Message } from "../../client/index.ts";
import { thread } from "../../client/thread.ts";
import { isSent, Listing, lineOf } from "./listing.ts";
import type { Screen } from "./screen.ts";

export interface OpenThread {
  /** The position of the message that the replies are to. */
  readonly seq: number;
  /** That message and the replies. */
  messages(): readonly Message[];
  /** Print the replies before the oldest one. */
  pageBack(): Promise<void>;
  leave(): void;
}

export function openThread(room: ChatRoom, seq: number, screen: Screen): OpenThread {
  const shown = thread(room, seq);
  const listing = new Listing(screen);
  const messages = () => {
    const { root, replies } = shown.snapshot;
    return root ? [root, ...replies] : replies;
  };
  const unsubscribe = shown.subscribe(() => {
    const { state, error } = shown.snapshot;
    if (state === "failed") screen.print(`* ${error?.message}`);
    if (state === "open") listing.show(messages().filter(isSent), Number.POSITIVE_INFINITY);
  });
  const hide = shown.show();
  return {
    seq,
    messages,
    async pageBack() {
      const before = shown.snapshot.replies[0]?.seq ?? 0;
      await shown.older();
      const older = shown.snapshot.replies.filter((one) => isSent(one) && (one.seq ?? 0) < before);
      if (older.length === 0) return screen.print("* this is the beginning");
      screen.print([...older.map(lineOf), "— newer replies are further up —"].join("\n"));
    },
    leave() {
      unsubscribe();
      hide();
    },
  };
}
