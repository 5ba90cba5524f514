import type { Fields, MessageEvent } from "./frames.ts";

/**
 * The parts of a message beside its text: a quote, mentions, any JSON of the program's, and the
 * root of the thread that it replies to.
 */
export type Extras = Pick<
  Fields<"send">,
  "data" | "replyTo" | "mentions" | "everyone" | "thread" | "inRoom"
>;

/** Fields to send, or an unsent message. Neither is a root, so `thread` is a number. */
type Carrier = Omit<Extras, "thread"> & { thread?: MessageEvent["thread"] };

export function extrasOf({ data, replyTo, mentions, everyone, thread, inRoom }: Carrier): Extras {
  return { data, replyTo, mentions, everyone, thread: thread as Extras["thread"], inRoom };
}
