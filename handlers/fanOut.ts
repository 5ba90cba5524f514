/**
 * The Rooms table's stream: events of rooms too large for their senders' functions. While this runs
 * the stream holds back what else is appended to the same rooms, and the next batch shares frames.
 */
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { fanOut } from "../lib/actions/messages/fanOut.ts";
import { limits } from "../lib/protocol/limits.ts";
import * as runtime from "../lib/runtime.ts";

export const handler = runtime.invoked(
  async (
    event: DynamoDBStreamEvent,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<DynamoDBBatchResponse> => {
    // Early enough to say what failed: a function that is killed says nothing, and all comes again.
    const remainingMs = context.getRemainingTimeInMillis() - limits.fanOutMarginMs;
    const deadlineMs = runtime.clock.nowMs() + remainingMs;
    const appended = runtime.appendedIn(event);
    const failed = await fanOut(appended, deadlineMs, runtime.fanOutPorts());
    return runtime.repeatRooms(appended, failed);
  },
);
