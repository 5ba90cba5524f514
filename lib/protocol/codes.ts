/**
 * Every error code and every reason to be disconnected, each with one meaning. The docs' tables,
 * the HTTP statuses and `retryable` are all read from here, so they cannot disagree. The meaning of
 * each error code stands in docs/generate/errorMeanings.ts, out of the functions' bundles.
 */
export const errorCodes = {
  bad_request: { status: 400, retryable: false },
  unknown_action: { status: 400, retryable: false },
  too_large: { status: 413, retryable: false },
  unauthorized: { status: 401, retryable: false },
  not_member: { status: 403, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  sync_first: { status: 400, retryable: false },
  log_reset: { status: 409, retryable: false },
  conflict: { status: 409, retryable: false },
  deleted: { status: 410, retryable: false },
  last_owner: { status: 409, retryable: false },
  banned: { status: 403, retryable: false },
  muted: { status: 403, retryable: false },
  closed: { status: 403, retryable: false },
  rate_limited: { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  unavailable: { status: 503, retryable: true },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

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
