/**
 * The table of a cluster, a row for each gateway. The gateway itself counts connections and
 * messages; failures are its functions'. Unknown counts are shown as –. The state is the process's,
 * or the list's while the process is up.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Gateway } from "../../lib/protocol/gateways.ts";
import type { Cluster } from "./cluster.ts";
import type { GatewayProcess } from "./gatewayProcess.ts";
import type { Screen } from "./screen.ts";

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

/** `unlisted`: it runs, and no user is sent to it. */
function stateOf({ name, state }: Shown, list: readonly Gateway[]): string {
  if (state !== "up") return state;
  return list.find((gateway) => gateway.name === name)?.state ?? "unlisted";
}

/**
 * Keeps the table on the screen up to date. It reads the list from the database, so it must stop
 * before the database does: the returned function resolves after the last read, with the last state
 * shown.
 */

const showMs = 500;

export function keepShowing(cluster: Cluster, screen: Screen): () => Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  const show = async () => screen.show(tableOf(cluster.gateways, await cluster.list()));
  const showing = (async () => {
    while (!signal.aborted) {
      await show();
      await delay(showMs, undefined, { signal }).catch(() => {}); // over sooner
    }
    await show();
  })();
  return () => {
    over.abort();
    return showing;
  };
}
