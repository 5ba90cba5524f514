/**
 * Reads what an operator wrote in `gateways.json`: a list, one gateway a line. Everything that can
 * be wrong with it is found here, before anything is applied, and named: the gateway by its name,
 * or by its place while it has none.
 */

import { regionOf } from "../lib/adapters/apigateway/endpoint.ts";
import { parseJson } from "../lib/protocol/envelope.ts";
import { type Gateway, gateway } from "../lib/protocol/gateways.ts";
import { limits } from "../lib/protocol/limits.ts";
import { parse } from "../lib/protocol/parse.ts";

export class GatewayFileError extends Error {
  override readonly name = "GatewayFileError";
  /** The gateway that is wrong; undefined when it is the file as a whole. */
  readonly entry: string | undefined;

  constructor(reason: string, entry?: string) {
    super(entry === undefined ? reason : `in ${entry}, ${reason}`);
    this.entry = entry;
  }
}

/** The gateways in the text of a file. @throws GatewayFileError */
export function gatewaysIn(text: string): Gateway[] {
  const content = parseJson(text);
  if (content === undefined) throw new GatewayFileError("it is not JSON");
  if (!Array.isArray(content)) throw new GatewayFileError("it is not a list of gateways: [ … ]");
  if (content.length > limits.gatewaysMax) {
    throw new GatewayFileError(`it lists more than ${limits.gatewaysMax} gateways`);
  }
  const gateways = content.map((entry: unknown, index) => {
    const parsed = parse(gateway, entry);
    if (parsed.ok) return parsed.value;
    throw new GatewayFileError(parsed.reason, entryName(entry, index));
  });
  for (const field of ["name", "endpoint", "url"] as const) assertDistinct(gateways, field);
  for (const each of gateways) assertRegion(each);
  return gateways;
}

function entryName(entry: unknown, index: number): string {
  const name = Object(entry).name;
  const isUsable = typeof name === "string" && /^[\x21-\x7e]{1,64}$/.test(name);
  return isUsable ? name : `gateway ${index + 1}`;
}

/** Two of one name could not be told apart; two of one endpoint would share their connections. */
function assertDistinct(gateways: readonly Gateway[], field: "name" | "endpoint" | "url"): void {
  const seen = new Map<string, string>();
  for (const { name, [field]: value } of gateways) {
    const other = seen.get(value);
    const reason = other === name ? "two have this name" : `${field} is the one of ${other}`;
    if (other !== undefined) throw new GatewayFileError(reason, name);
    seen.set(value, name);
  }
}

function assertRegion({ name, endpoint, region }: Gateway): void {
  const named = regionOf(endpoint);
  if (region !== undefined && named !== undefined && region !== named) {
    throw new GatewayFileError(`region is ${region}, but the endpoint is in ${named}`, name);
  }
}
