/**
 * The shell's AWS settings are for deployments and must not reach the local service. The SDK would
 * prefer a profile to our dummy credentials, and it refuses our endpoints when a shared file says
 * `use_fips_endpoint` or `use_dualstack_endpoint`. So all AWS_ variables are removed, and the SDK
 * is sent to look for the shared files in /dev/null.
 */
import { devNull } from "node:os";

/** Replaces the shell's settings. Functions in processes of their own need it too. */
export const localAwsSettings = {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  // The SDK's notice about Node 20.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

/** Call it before making a client of the SDK. It also removes a deployment's issuer (AUTH_). */
export function forgetAwsSettings(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) {
    if (name.startsWith("AWS_") || name.startsWith("AUTH_")) delete env[name];
  }
  Object.assign(env, localAwsSettings);
}
