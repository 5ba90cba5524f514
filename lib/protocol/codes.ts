/**
 * Every error code and every reason to be disconnected, each with one meaning. The docs' tables,
 * the HTTP statuses and `retryable` are all read from here, so they cannot disagree.
 */
export const errorCodes = {
  bad_request: {
    status: 400,
    retryable: false,
    meaning:
      "The request is not of the form that the protocol asks for; the message names the field.",
  },
  unknown_action: {
    status: 400,
    retryable: false,
    meaning: "There is no such action.",
  },
  too_large: {
    status: 413,
    retryable: false,
    meaning: "The frame, or the push that it asks for, is over the limit.",
  },
  unauthorized: {
    status: 401,
    retryable: false,
    meaning:
      "HTTP only: no token, a bad or an expired one, or tokens in two places; it says which.",
  },
  not_member: {
    status: 403,
    retryable: false,
    meaning: "The user is no member of the room, or there is no such room; join it first.",
  },
  forbidden: {
    status: 403,
    retryable: false,
    meaning: "This user may not do this, and joining would not help.",
  },
  not_found: { status: 404, retryable: false, meaning: "HTTP only: there is no such path." },
  sync_first: {
    status: 400,
    retryable: false,
    meaning:
      "`after` is too far behind the head: sync, drop what came back, retry with the new cursor.",
  },
  log_reset: {
    status: 409,
    retryable: false,
    meaning:
      "The log went back: it does not hold the event that I have there. Start the room anew.",
  },
  conflict: {
    status: 409,
    retryable: false,
    meaning:
      "Something is not as the request takes it to be: look at it anew, then decide. `now` is " +
      "the message that it is about.",
  },
  deleted: {
    status: 410,
    retryable: false,
    meaning: "The message was deleted, and stays so.",
  },
  last_owner: {
    status: 409,
    retryable: false,
    meaning: "Nobody would lead the room any more: make somebody else an owner first.",
  },
  banned: {
    status: 403,
    retryable: false,
    meaning: "The user is banned from the room.",
  },
  muted: {
    status: 403,
    retryable: false,
    meaning: "I may add nothing to the room for `retryAfterMs`.",
  },
  closed: {
    status: 403,
    retryable: false,
    meaning: "The room is closed: its members can read it, and nothing can be added.",
  },
  rate_limited: {
    status: 429,
    retryable: true,
    meaning: "Too much at once; try again after `retryAfterMs`.",
  },
  internal: {
    status: 500,
    retryable: true,
    meaning:
      "A defect on our side; the message names the request, which the operator finds in the logs.",
  },
  unavailable: {
    status: 503,
    retryable: true,
    meaning:
      "Something that the service needs does not answer now, or no gateway has room: try again, " +
      "after `retryAfterMs` where it is given.",
  },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

export const disconnectCodes = {
  token_expired: {
    reconnect: true,
    afterMs: 0,
    meaning: "The token that the connection was opened with has expired: come back with a new one.",
  },
  forgotten: {
    reconnect: true,
    afterMs: 0,
    meaning: "The service no longer knows this connection: come back, then sync.",
  },
  too_many_connections: {
    reconnect: false,
    afterMs: 0,
    meaning: "The user has opened so many newer connections that this one is closed for them.",
  },
  draining: {
    reconnect: true,
    afterMs: 0,
    meaning: "This gateway is being emptied: ask which one to use, come back there, then sync.",
  },
} as const satisfies Record<string, { reconnect: boolean; afterMs: number; meaning: string }>;

export type DisconnectCode = keyof typeof disconnectCodes;
