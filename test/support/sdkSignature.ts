/** The signature that the SDK's own signer gives a request. */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials, Scope } from "../../lib/adapters/aws/signature.ts";

interface Unsigned {
  method: string;
  path: string;
  /** Those that are signed. */
  headers: Record<string, string>;
  body: Uint8Array | string;
}

/** At the time that the header `x-amz-date` says. */
export async function signedBySdk(
  request: Unsigned,
  scope: Scope & { credentials: Credentials },
): Promise<string | undefined> {
  const sdk = new SignatureV4({ ...scope, applyChecksum: false, sha256: Sha256 });
  const [year, month, day, hours, minutes, seconds] =
    request.headers["x-amz-date"]?.match(/^\d{4}|\d\d/g) ?? [];
  const signingDate = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`;
  const signed = await sdk.sign(new HttpRequest(request), { signingDate });
  return signed.headers["authorization"];
}

class Sha256 {
  readonly hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }
  update(data: Uint8Array) {
    this.hash.update(data);
  }
  async digest() {
    return this.hash.digest();
  }
  reset() {}
}
