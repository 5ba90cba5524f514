/**
 * The shell's AWS settings are for deployments and must not reach the local service. The SDK would
 * prefer a profile to our dummy credentials, and it refuses every endpoint of ours when a shared
 * file says `use_fips_endpoint` or `use_dualstack_endpoint`. So all AWS_ variables go, and the
 * shared files are looked for where nothing is.
 */
import { devNull } from "node:os";

/** In place of the shell's settings. Functions in processes of their own need them, too. */
export const localAwsSettings = {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  // The SDK's notice about Node 20.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

/** To be called before a client of the SDK is made. An issuer of a deployment goes, too. */
export function forgetAwsSettings(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) {
    if (name.startsWith("AWS_") || name.startsWith("AUTH_")) delete env[name];
  }
  Object.assign(env, localAwsSettings);
}
