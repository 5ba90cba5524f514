/**
 * What `serverless deploy` checks before it does anything: without a way to verify tokens the
 * deployment would succeed, and then refuse everybody; with the development secret it would let
 * anybody in.
 */
import { developmentSecret } from "../lib/domain/developmentSecret.ts";

/** Why the settings of a deployment cannot be right; undefined when they can. */
export function refusalOfSettings(env: NodeJS.ProcessEnv): string | undefined {
  const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_SECRET, CONNECTIONS_TABLE, ROOMS_TABLE } = env;
  const see = "(docs/deploy.md says what to set)";
  if (!AUTH_ISSUER && !AUTH_SECRET) {
    return `unable to deploy; set AUTH_ISSUER and AUTH_AUDIENCE, or AUTH_SECRET ${see}`;
  }
  if (AUTH_ISSUER && AUTH_SECRET) {
    return `unable to deploy; AUTH_ISSUER and AUTH_SECRET are both set, choose one ${see}`;
  }
  if (AUTH_ISSUER && !AUTH_AUDIENCE) {
    return `unable to deploy; AUTH_ISSUER needs AUTH_AUDIENCE beside it ${see}`;
  }
  if (AUTH_SECRET === developmentSecret) {
    return "unable to deploy; AUTH_SECRET is the published development secret";
  }
  if (!CONNECTIONS_TABLE !== !ROOMS_TABLE) {
    return `unable to deploy; CONNECTIONS_TABLE and ROOMS_TABLE go together ${see}`;
  }
  if (env["TABLES_REGION"] && !ROOMS_TABLE) {
    return `unable to deploy; TABLES_REGION says nothing without CONNECTIONS_TABLE ${see}`;
  }
  return undefined;
}
