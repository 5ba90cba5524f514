/**
 * Authorizes `$connect`. What it finds in the token rides along with every later event of the
 * connection, so no frame is verified again and no field of one can change who sent it.
 */
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { findToken } from "../lib/identity/token.ts";
import * as runtime from "../lib/runtime.ts";
import { handshakeOf, unauthorized } from "./handshake.ts";

export const handler = runtime.invoked(async (event: APIGatewayRequestAuthorizerEvent) => {
  const found = findToken(handshakeOf(event));
  const verdict = "refused" in found ? found : await runtime.tokens().verify(found.token);
  if ("refused" in verdict) throw unauthorized(verdict.refused);
  const { user, name, expiresAtMs, isAdmin } = verdict.identity;
  const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: event.methodArn };
  const encodedUser = encodeURIComponent(user);
  return {
    principalId: encodedUser,
    policyDocument: { Version: "2012-10-17", Statement: [statement] },
    context: {
      // Encoded, because a context is promised to carry strings, but not with every character.
      user: encodedUser,
      expiresAtMs: String(expiresAtMs),
      ...(isAdmin && { isAdmin: "true" }),
      ...(name !== undefined && { name: encodeURIComponent(name) }),
    },
  };
});
