/** Reads a gateways.json for the programs here: what is wrong with it is said in one line. */
import { readFile } from "node:fs/promises";
import type { Gateway } from "../lib/protocol/gateways.ts";
import { GatewayFileError, gatewaysIn } from "./gatewayFile.ts";
import { startError } from "./startError.ts";

/** @throws StartError naming the file, and the gateway and the field where it is one of them */
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
