/** What each error code means, for the docs. No function needs it: an error has its own message. */
import type { ErrorCode } from "../../lib/protocol/codes.ts";

export const errorMeanings: Record<ErrorCode, string> = {
  bad_request:
    "The request is not of the form that the protocol asks for; the message names the field.",
  unknown_action: "There is no such action.",
  too_large: "The frame, or the push that it asks for, is over the limit.",
  unauthorized:
    "HTTP only: no token, a bad or an expired one, or tokens in two places; it says which.",
  not_member: "The user is no member of the room, or there is no such room; join it first.",
  forbidden: "This user may not do this, and joining would not help.",
  not_found: "HTTP only: there is no such path.",
  sync_first:
    "`after` is too far behind the head: sync, drop what came back, retry with the new cursor.",
  log_reset:
    "The log went back: it does not hold the event that I have there. Start the room anew.",
  conflict:
    "Something is not as the request takes it to be: look at it anew, then decide. `now` is " +
    "the message that it is about.",
  deleted: "The message was deleted, and stays so.",
  last_owner: "Nobody would lead the room any more: make somebody else an owner first.",
  banned: "The user is banned from the room.",
  muted: "I may add nothing to the room for `retryAfterMs`.",
  closed: "The room is closed: its members can read it, and nothing can be added.",
  rate_limited: "Too much at once; try again after `retryAfterMs`.",
  internal:
    "A defect on our side; the message names the request, which the operator finds in the logs.",
  unavailable:
    "Something that the service needs does not answer now, or no gateway has room: try again, " +
    "after `retryAfterMs` where it is given.",
};
