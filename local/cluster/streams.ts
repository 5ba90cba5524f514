/**
 * Delivers the tables' streams to the functions of a cluster, once for all gateways, as Lambda does
 * on AWS. Any gateway can run functions. If one cannot be reached, the next one is asked.
 */
import { fileURLToPath } from "node:url";
import type { TableNames } from "../emulator/database/tables.ts";
import { readServiceFile } from "../emulator/gateway/serviceFile.ts";
import { deadLetters } from "../emulator/streams/deadLetters.ts";
import { type Mappings, startMappings } from "../emulator/streams/eventSourceMapping.ts";
import { type LambdaInvoker, lambdaInvoker } from "../emulator/streams/lambdaInvoker.ts";
import type { Invoked } from "../emulator/streams/lane.ts";

interface ClusterStreamsOptions {
  databaseUrl: string;
  tables: TableNames;
  /** Of the gateways that are up. */
  lambdaUrls(): string[];
  say(line: string): void;
}

export async function deliverClusterStreams(options: ClusterStreamsOptions): Promise<Mappings> {
  const { databaseUrl, tables, lambdaUrls, say } = options;
  const service = readServiceFile(fileURLToPath(new URL("../..", import.meta.url)));
  const invokers = new Map<string, LambdaInvoker>();
  const invokerAt = (url: string) => {
    const invoker = invokers.get(url) ?? lambdaInvoker(url);
    invokers.set(url, invoker);
    return invoker;
  };
  const mappings = await startMappings(service.eventSources, {
    endpoint: databaseUrl,
    tables,
    onGivenUp: deadLetters(say).add,
    onEnded: ({ table }, { message }) =>
      say(`the stream of ${table} is no longer read: ${message}`),
    async invoke(functionName, event) {
      const name = service.functions.get(functionName)?.deployedName ?? functionName;
      let invoked: Invoked = { unavailable: "no gateway is up" };
      for (const url of lambdaUrls()) {
        invoked = await invokerAt(url).invoke(name, event);
        if (!("unavailable" in invoked)) break;
      }
      return invoked;
    },
  });
  return {
    async stop() {
      await mappings.stop();
      for (const invoker of invokers.values()) invoker.stop();
    },
  };
}
