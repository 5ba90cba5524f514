/**
 * Authorizes `$connect`. What it finds in the token rides along with every later event of the
 * connection, so no frame is verified again and no field of one can change who sent it. Throwing
 * exactly "Unauthorized" is what API Gateway turns into a 401.
 */
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { findToken } from "../lib/domain/token.ts";
import * as runtime from "../lib/runtime.ts";
import { handshakeOf } from "./handshake.ts";

export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const token = findToken(handshakeOf(event));
  const identity = token === undefined ? undefined : await runtime.tokens().verify(token);
  if (identity === undefined) throw new Error("Unauthorized");
  const { user, name, expiresAtMs } = identity;
  const statement = { Action: "execute-api:Invoke", Effect: "Allow", Resource: event.methodArn };
  const encodedUser = encodeURIComponent(user);
  return {
    principalId: encodedUser,
    policyDocument: { Version: "2012-10-17", Statement: [statement] },
    context: {
      // Encoded, because a context is promised to carry strings, but not with every character.
      user: encodedUser,
      expiresAtMs: String(expiresAtMs),
      ...(name !== undefined && { name: encodeURIComponent(name) }),
    },
  };
}
