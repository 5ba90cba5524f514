/**
 * What `serverless deploy` checks before it does anything: without a way to verify tokens the
 * deployment would succeed, and then refuse everybody; with the development secret it would let
 * anybody in.
 */
import { parseTokenSettings } from "../lib/domain/tokenSettings.ts";

/** Why the settings of a deployment cannot be right; undefined when they can. */
export function refusalOfSettings(env: NodeJS.ProcessEnv): string | undefined {
  const see = "(docs/deploy.md says what to set)";
  try {
    // What is deployed is never local, whatever is set in the shell that deploys it.
    parseTokenSettings({ ...env, PARLEY_LOCAL: undefined });
  } catch (error) {
    if (error instanceof TypeError) return `unable to deploy; ${error.message} ${see}`;
    throw error;
  }
  return undefined;
}
