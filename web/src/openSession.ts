/** A page with a provider loads `oidc.ts` for it; that of `npm start` never does. */
import type { Config } from "./config.ts";
import type { Session } from "./session.ts";

/**
 * Undefined while the browser leaves for the sign-in.
 *
 * @throws NotSignedIn when the sign-in has failed, or was left
 */
export async function openSession({ signIn }: Config): Promise<Session | undefined> {
  if (typeof signIn === "string") {
    const { developmentSession } = await import("./developmentSession.ts");
    return developmentSession(signIn);
  }
  const { oidcSession } = await import("./oidc.ts");
  return oidcSession(signIn);
}
