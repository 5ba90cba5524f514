import type { Fields, MessageEvent, ServerFrame } from "./frames.ts";

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

/** The event of a message that was acked, as a push would bring it; without the `name`. */
export function messageOf(
  { type: _, id: _id, room: _room, duplicate: _duplicate, ...place }: ServerFrame<"ack">,
  from: string,
  text: string,
  extras: Extras,
): MessageEvent {
  return { ...place, ...extras, kind: "message", from, text } as MessageEvent;
}
