/**
 * Keeps the table on the screen up to date. The list of gateways is asked of the database each
 * time, so before that may end, this has to: the function returned resolves when nothing is being
 * asked any more, with the last state shown.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import type { Screen } from "./screen.ts";
import { tableOf } from "./table.ts";

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
