/**
 * Whether settings for tokens may be deployed. Without a way to verify tokens a deployment would
 * succeed, and then refuse everybody; with the development secret it would let anybody in.
 */
import { parseTokenSettings } from "../../lib/identity/tokenSettings.ts";

export const see = "(docs/deploy.md says what to set)";

/** Why the settings of a deployment cannot be right; undefined when they can. */
export function refusalOfSettings(env: NodeJS.ProcessEnv): string | undefined {
  try {
    // What is deployed is never local, whatever is set in the shell that deploys it.
    parseTokenSettings({ ...env, PARLEY_LOCAL: undefined });
  } catch (error) {
    if (error instanceof TypeError) return `unable to deploy; ${error.message} ${see}`;
    throw error;
  }
  return undefined;
}
