import type { Fields, MessageEvent } from "./frames.ts";

/**
 * What a message carries beside its text: a quote, mentions, any JSON of the program's, and the
 * thread that it is a reply in.
 */
export type Extras = Pick<
  Fields<"send">,
  "data" | "replyTo" | "mentions" | "everyone" | "thread" | "inRoom"
>;

/** Of what is sent, or of a message that is not sent yet: no root, which says more of a thread. */
type Carrier = Omit<Extras, "thread"> & { thread?: MessageEvent["thread"] };

export function extrasOf({ data, replyTo, mentions, everyone, thread, inRoom }: Carrier): Extras {
  return { data, replyTo, mentions, everyone, thread: thread as Extras["thread"], inRoom };
}
