/** Both doors of the service, the handshake's authorizer and the HTTP API, tried with one token. */
import { expect } from "vitest";
import { type RefusalReason, refusalMessages } from "../../lib/identity/tokenRefusal.ts";
import type { attacked } from "./attacked.ts";

type Attacked = Awaited<ReturnType<typeof attacked>>;

/** How a token fares: the user that each door lets in, or how it refuses, and what is logged. */
export function doorsOf({ here, shakeHands, askHttp }: Attacked) {
  return async (token: string) => {
    here.reports.length = 0;
    const handshake = await shakeHands({ queryStringParameters: { token } }).catch(
      (error: Error) => error.message,
    );
    const { status, body } = await askHttp("GET /gateway", { token });
    const { code, message = "" } = body.error ?? {};
    if (token !== "") expect(JSON.stringify([here.reports, message])).not.toContain(token);
    const logged = here.reports.map(({ what, details }) => [what, details["reason"]]);
    return { handshake, http: code ?? status, message, logged };
  };
}

/** Shut at both doors; each says why in the log, and HTTP says it to its caller. */
export const shut = (reason: RefusalReason, atHttp: RefusalReason = reason) => ({
  handshake: "Unauthorized",
  http: "unauthorized",
  message: expect.stringContaining(refusalMessages[atHttp]),
  logged: [
    ["token refused", reason],
    ["token refused", atHttp],
  ],
});
