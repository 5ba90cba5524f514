/**
 * The Rooms table's stream, read a second time: messages that were changed, and whose change nobody
 * may have announced, because the request died; and reactions, which are to be counted.
 */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { announceChanges } from "../lib/actions/messages/announceChanges.ts";
import * as runtime from "../lib/runtime.ts";

export const handler = runtime.invoked(
  async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const changed = runtime.changedIn(event);
    const failed = await announceChanges(changed, runtime.healChangesPorts());
    return runtime.repeatRooms(changed, failed);
  },
);
