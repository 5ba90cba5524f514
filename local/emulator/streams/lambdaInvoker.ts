/**
 * Invokes functions for a mapping through Lambda's Invoke API. An invocation that did not reach the
 * function is not its failure: the emulator may still be starting.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { localCredentials, localRegion } from "../database/tables.ts";
import type { Invoked } from "./lane.ts";

export interface LambdaInvoker {
  invoke(functionName: string, event: unknown): Promise<Invoked>;
  stop(): void;
}

export function lambdaInvoker(endpoint: string): LambdaInvoker {
  const credentials = localCredentials;
  const client = new LambdaClient({ endpoint, region: localRegion, credentials, maxAttempts: 1 });
  return {
    async invoke(FunctionName, event) {
      const Payload = JSON.stringify(event);
      try {
        const answer = await client.send(new InvokeCommand({ FunctionName, Payload }));
        const text = answer.Payload?.transformToString() ?? "";
        const content: unknown = text === "" ? null : JSON.parse(text);
        if (answer.FunctionError === undefined) return { returned: content };
        const { errorType = "Error", errorMessage = "" } = Object(content);
        return { failed: { name: String(errorType), message: String(errorMessage) } };
      } catch (error) {
        return { unavailable: (error as Error).message };
      }
    },
    stop: () => client.destroy(),
  };
}
