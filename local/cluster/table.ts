/**
 * What a cluster shows of its gateways, a row each. Connections, and messages in and out, are those
 * that the gateway itself has counted; failures are its functions', and what it does not say is
 * shown as –. State is the process's, and while that is up, the one in the list.
 */
import type { Gateway } from "../../lib/protocol/gateways.ts";
import type { GatewayProcess } from "./gatewayProcess.ts";

export type Shown = Pick<GatewayProcess, "name" | "state" | "traffic" | "websocketUrl">;

const columns = ["connections", "in", "out", "failures"] as const;
const nameWidth = 9;
const stateWidth = 10;
const columnWidth = 12;

export function tableOf(gateways: readonly Shown[], list: readonly Gateway[]): string[] {
  const header = [
    "gateway".padEnd(nameWidth),
    "state".padEnd(stateWidth),
    ...columns.map((column) => column.padStart(columnWidth)),
  ].join("");
  return [header, ...gateways.map((gateway) => rowOf(gateway, stateOf(gateway, list)))];
}

function rowOf({ name, traffic, websocketUrl }: Shown, state: string): string {
  const { connections, framesIn, framesOut, failures } = traffic ?? {};
  const numbers = [connections, framesIn, framesOut, failures];
  return [
    name.padEnd(nameWidth),
    state.padEnd(stateWidth),
    ...numbers.map((number) => String(number ?? "–").padStart(columnWidth)),
    `  ${websocketUrl}`,
  ].join("");
}

/** `unlisted`: it runs, and nobody is sent to it. */
function stateOf({ name, state }: Shown, list: readonly Gateway[]): string {
  if (state !== "up") return state;
  return list.find((gateway) => gateway.name === name)?.state ?? "unlisted";
}
