/**
 * Other instances of functions, asked through Lambda's Invoke API. The answer is waited for: while
 * it is, the stream holds the room's next events back, and they share frames. An invocation that
 * fails is a failed delivery; one that is refused for want of concurrency the SDK tries again.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod/mini";
import type { Workers } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { leaveToHandler, requestHandler } from "../aws/requestHandler.ts";

const outcome = z.object({
  connections: z.int(),
  stoppedBehind: z.optional(z.string()),
});

/** More than the function has: its own time-out says more than ours. */
const answerMs = limits.deliverMs * 2;
const attempts = 4;

/** `endpoint` only for emulators; on AWS the region's own is used. */
export function lambdaWorkers(functionName: string, endpoint?: string): Workers {
  const client: LambdaClient = new LambdaClient({
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: attempts,
    cacheMiddleware: true,
    requestHandler: requestHandler({
      service: "lambda",
      config: () => client.config,
      requestMs: answerMs,
      connectMs: 1_000,
      socketsMax: limits.shardsInFlight,
    }),
  });
  leaveToHandler(client);
  return {
    async deliver(job) {
      const command = new InvokeCommand({
        FunctionName: functionName,
        Payload: new TextEncoder().encode(JSON.stringify(job)),
      });
      const { FunctionError, Payload } = await client.send(command);
      const answer = new TextDecoder().decode(Payload);
      if (FunctionError !== undefined) throw new Error(`${functionName} failed: ${answer}`);
      const { connections, stoppedBehind } = outcome.parse(JSON.parse(answer));
      return { connections, ...(stoppedBehind !== undefined && { stoppedBehind }) };
    },
  };
}
