/**
 * Why a token, or the lack of one, lets nobody in. The log counts the reasons, and an HTTP caller
 * is told theirs, because most of the refused are honest and misconfigured. No reason says what
 * would be right, or repeats a value: a token may be somebody else's.
 */

import type { Identity } from "../model.ts";
import { limits } from "../protocol/limits.ts";

const daysMax = limits.tokenLifetimeSeconds / 86_400;

/** Each reads on from "unable to answer; ". */
export const refusalMessages = {
  no_token: "there is no token",
  several_tokens: "there is more than one token",
  malformed_place: "the token must be sent as Authorization: Bearer <token>",
  too_long: `the token has more than ${limits.tokenCharacters} characters`,
  malformed: "the token is no signed JSON Web Token",
  wrong_algorithm: "the token is signed with an algorithm that is not accepted here",
  wrong_issuer: "the token is of another issuer",
  unknown_key: "the token is signed with a key that the issuer does not publish",
  bad_signature: "the token's signature does not fit",
  wrong_audience: "the token is for another audience",
  no_expiry: "the token does not say when it expires",
  expired: "the token has expired",
  not_yet_valid: "the token is not valid yet",
  lifetime_too_long: `the token is valid for more than ${daysMax} days`,
  no_user: "the token names no user",
} as const;

export type RefusalReason = keyof typeof refusalMessages;

export interface TokenRefusal {
  reason: RefusalReason;
  /** More of it, without any value of the token. */
  detail?: string;
}

export type Refused = { refused: TokenRefusal };
export type Verdict = { identity: Identity } | Refused;

export function refuse(reason: RefusalReason, detail?: string): Refused {
  return { refused: { reason, ...(detail !== undefined && { detail }) } };
}

/** What an HTTP caller is told. */
export function refusalMessage({ reason, detail }: TokenRefusal): string {
  return detail === undefined ? refusalMessages[reason] : `${refusalMessages[reason]}: ${detail}`;
}
