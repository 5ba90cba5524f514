/** Runs every hour where messages are kept for a time only, and deletes those that are past it. */
import type { Context } from "aws-lambda";
import { sweep, sweepMarginMs } from "../lib/actions/messages/sweep.ts";
import * as runtime from "../lib/runtime.ts";

export const handler = runtime.invoked(
  async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    const remainingMs = context.getRemainingTimeInMillis() - sweepMarginMs;
    await sweep(runtime.clock.nowMs() + remainingMs, runtime.sweepPorts());
  },
);
