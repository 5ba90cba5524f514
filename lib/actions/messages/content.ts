/** What an edit puts in a message: taken out of its request, and put on the item of the event. */
import { editable } from "../../protocol/events.ts";
import type { MessageEvent } from "../../protocol/serverFrames.ts";

export type Content = Pick<MessageEvent, keyof typeof editable>;

const fields = Object.keys(editable) as (keyof Content)[];

/** What a request says, and no field that is not there. */
export function contentOf(said: Content): Content {
  return Object.fromEntries(
    fields.flatMap((field) => (said[field] === undefined ? [] : [[field, said[field]]])),
  );
}

/** The fields that an edit removes, because it has nothing to put there. */
export function lackingIn(said: Content): readonly string[] {
  return fields.filter((field) => said[field] === undefined);
}
