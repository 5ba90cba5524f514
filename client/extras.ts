import type { Fields } from "./frames.ts";

/** What a message carries beside its text: a quote, mentions, and any JSON of the program's. */
export type Extras = Pick<Fields<"send">, "data" | "replyTo" | "mentions" | "everyone">;

export function extrasOf({ data, replyTo, mentions, everyone }: Extras): Extras {
  return { data, replyTo, mentions, everyone };
}
