/**
 * Reads the list of gateways that an operator wrote in gateways.json. All mistakes in it are found
 * before anything is applied. The error names the gateway, or its place in the list if it has no
 * name.
 */
import { readFile } from "node:fs/promises";
import { regionOf } from "../lib/adapters/apigateway/endpoint.ts";
import { parseJson } from "../lib/protocol/envelope.ts";
import { type Gateway, gateway } from "../lib/protocol/gateways.ts";
import { limits } from "../lib/protocol/limits.ts";
import { parse } from "../lib/protocol/parse.ts";
import { startError } from "./startError.ts";

/** @throws StartError that names the file, and the gateway and field if it is about one */
export async function readGatewaysFile(path: string): Promise<Gateway[]> {
  const operation = `read ${path}`;
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw startError(error.code === "ENOENT" ? "there is no such file" : error.message, operation);
  });
  try {
    return gatewaysIn(text);
  } catch (error) {
    if (!(error instanceof GatewayFileError)) throw error;
    throw startError(error.message, operation);
  }
}

export class GatewayFileError extends Error {
  override readonly name = "GatewayFileError";
  /** The gateway with the mistake; undefined if the file as a whole is wrong. */
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

/** Two gateways with one name cannot be told apart; with one endpoint they share connections. */
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
