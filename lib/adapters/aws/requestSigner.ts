/**
 * How the SDK's clients sign: its `signer`, with the signature that posts have. It signs what has
 * to be signed (the host, the content's type, all of AWS's own headers) and keeps a day's key. The
 * time is the SDK's, which follows AWS's clock where this machine's is wrong.
 */
import { hash } from "node:crypto";
import type { SdkRequest } from "./requestHandler.ts";
import {
  authorization,
  type Credentials,
  keptSigningKey,
  type Scope,
  signedHeaders,
  signingDate,
} from "./signature.ts";

interface RequestSigner {
  sign(
    request: SdkRequest,
    options?: { signingDate?: Date | string | number },
  ): Promise<SdkRequest>;
}

/** What the signer is told of the client that it signs for. */
interface SdkConfig {
  region: () => Promise<string>;
  credentials: () => Promise<Credentials>;
}

/** For the option `signer` of a client whose resolved configuration is `config`. */
export function signerFor(service: string, config: () => SdkConfig): () => Promise<RequestSigner> {
  let made: Promise<RequestSigner> | undefined;
  const make = async () => {
    const region = await config().region();
    return requestSigner({ region, service }, () => config().credentials());
  };
  return () => {
    made ??= make();
    return made;
  };
}

export function requestSigner(
  scope: Scope,
  credentials: () => Promise<Credentials>,
): RequestSigner {
  const keyFor = keptSigningKey(scope);
  return {
    async sign(request, { signingDate: at = Date.now() } = {}) {
      const identity = await credentials();
      const date = signingDate(new Date(at).getTime());
      const { method, path, body = "" } = request;
      const headers: Record<string, string> = { ...request.headers, "x-amz-date": date };
      if (identity.sessionToken !== undefined) {
        headers["x-amz-security-token"] = identity.sessionToken;
      }
      const signed = Object.entries(headers).filter(([name]) => isSigned.test(name));
      const signable = {
        method,
        path,
        headers: signedHeaders(Object.fromEntries(signed)),
        payloadHash: hash("sha256", body),
      };
      headers["authorization"] = authorization(signable, date, keyFor(identity, date));
      return Object.assign(request, { headers });
    },
  };
}

const isSigned = /^(host|content-type|x-amz-.*)$/;
