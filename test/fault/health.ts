/**
 * Whether the service itself stayed well. What its functions fail with is explained by the faults,
 * or it is a defect: so is any error that the service calls one (`internal`), because an outage has
 * a name of its own.
 */
import type { ThrownError } from "../../local/emulator/gateway/functionProcess.ts";
import type { Violation } from "../support/checker/history.ts";
import type { Counts } from "./counts.ts";

/** Why a function may fail, by what it fails with. */
const explained: [cause: string, error: RegExp][] = [
  ["killed", /^Exit: the process ended \(SIGKILL\)/],
  ["an answer that the gateway did not take", /^Error: answers not posted: /],
  ["the database was out of reach in a handshake or a goodbye", /^ChatError: the tables /],
  ["no time left, on a machine or with a database as slow as that", /^Timeout: no answer in/],
  ["a token that expired on its way", /^Error: Unauthorized/],
];

export function unhealthy(
  counts: Counts,
  failures: readonly [functionName: string, error: ThrownError][],
): Violation[] {
  const violations: Violation[] = [];
  const blame = (story: string) => violations.push({ promise: 0, story, at: 0 });
  for (const [functionName, { name, message, stack }] of failures) {
    const text = `${name}: ${message}`;
    const cause = explained.find(([, error]) => error.test(text))?.[0];
    counts.add("failures", `${functionName}: ${text.split("\n")[0]}`);
    if (cause === undefined) blame(`${functionName} failed: ${stack ?? text}`);
  }
  const internal = counts.of("errors", "internal");
  if (internal > 0) blame(`${internal} requests were answered "internal", which is a defect`);
  return violations;
}
