/**
 * What a gateway's answer to a post means. Only its status is looked at: an emulator's 410 has no
 * name that anybody knows.
 */
import type { PostResult } from "../../ports.ts";

/** `status` is undefined when there was no answer. */
export function postResult(status: number | undefined): PostResult {
  switch (status) {
    case 410:
      return "gone";
    case 429:
      return "throttled";
    case 400:
    case 403:
    case 413:
      return "refused";
    default:
      return status !== undefined && status >= 200 && status < 300 ? "delivered" : "failed";
  }
}
