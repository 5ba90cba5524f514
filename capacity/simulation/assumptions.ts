/** What the simulation takes to hold of AWS, of networks and of operators, all in one place. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { limits } from "../../lib/protocol/limits.ts";

export const assumptions = {
  /** New connections of one account in one region (AWS) … */
  connectsPerSecond: limits.connectsPerSecond,
  /** … and at once: AWS names none, so as much of a second as its quota of requests has. */
  connectsBurst: limits.connectsPerSecond / 2,
  /** However busy it is, a gateway ends a connection after so long (AWS). */
  connectionMs: 2 * 3_600_000,
  /**
   * A gateway that hears nothing ends a connection after ten minutes (AWS). Clients that vanish
   * were heard of in the nine before, so theirs are ended from the second minute on.
   */
  halfOpenMs: { from: 60_000, until: 600_000 },
  /** One request of `GET /gateway`, as its client sees it. */
  askMs: 60,
  /** Until a client knows that it was refused. */
  refusalMs: 60,
  /** Handshake and `hello`, each a function's work. */
  handshakeMs: 150,
  /** Function instances that answer `GET /gateway`; none knows what another one has just said. */
  instances: 20,
  /** How much room an operator leaves on each gateway. */
  capacityShare: 1.25,
} as const;

/** What the HTTP API of a deployment lets through, which `GET /gateway` is a request to. */
export function httpThrottle(): { perSecond: number; burst: number } {
  const source = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8");
  const { resources } = parse(source, { merge: true, logLevel: "error" });
  const settings = resources.extensions.HttpApiStage.Properties.DefaultRouteSettings;
  return { perSecond: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit };
}
