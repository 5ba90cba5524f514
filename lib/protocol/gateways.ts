/**
 * The gateways as their operator lists them: in `gateways.json`, one object each, and in the table
 * that the functions read. Strict, so that a misspelt field is refused and not ignored. `endpoint`
 * is compared with what every stored connection says of its gateway, to the letter: so nothing here
 * is made prettier than it was written.
 */
import * as z from "zod/mini";
import { limits } from "./limits.ts";

const weightMax = 1_000;

export const gateway = z.strictObject({
  name: z
    .string()
    .check(
      z.regex(
        /^[A-Za-z][A-Za-z0-9._-]{0,63}$/,
        "is not a letter and then up to 63 of A–Z 0–9 . _ -",
      ),
    ),
  /** What clients connect to. */
  url: z.string().check(z.refine((url) => isUrl(url, "ws"), "is no ws:// or wss:// URL")),
  /** Where its connections are posted to: the gateway's identity. */
  endpoint: z.string().check(
    z.refine((url) => isUrl(url, "http"), "is no http:// or https:// URL"),
    z.refine((url) => !url.endsWith("/"), "must not end in a slash"),
  ),
  /** For people. Requests are signed for the region that the endpoint names. */
  region: z.optional(z.string().check(z.regex(/^[a-z0-9-]{1,32}$/, "is no region's name"))),
  /** Connections that it takes; as many as come when it says nothing. */
  capacity: z.optional(z.int().check(z.refine((n) => n >= 1, "must be 1 or more"))),
  /** Its share of the users, beside the weights of the others. */
  weight: z._default(
    z
      .number()
      .check(z.refine((n) => n > 0 && n <= weightMax, `must be above 0, up to ${weightMax}`)),
    1,
  ),
  /** Whether it takes new users. */
  state: z._default(z.enum(["open", "draining"], 'must be "open" or "draining"'), "open"),
});
export type Gateway = z.output<typeof gateway>;

/** What a client says of gateways that it could not use: their names, separated by commas. */
export const failedGateways = z
  .string()
  .check(
    z.regex(
      new RegExp(`^[^,]{1,64}(,[^,]{1,64}){0,${limits.failedGateways - 1}}$`),
      `is not 1 to ${limits.failedGateways} names with commas between them`,
    ),
  );

function isUrl(text: string, protocol: "ws" | "http"): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === `${protocol}:` || url.protocol === `${protocol}s:`;
}
