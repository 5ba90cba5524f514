/**
 * The `send` route, the hot path: the ack is posted when the message is stored, behind the first
 * recipient.
 */
import { send } from "../lib/actions/messages/send.ts";
import { limits } from "../lib/protocol/limits.ts";
import { send as sendFrame } from "../lib/protocol/sendFrame.ts";
import * as runtime from "../lib/runtime.ts";
import { onFrame } from "./boundary.ts";

export const handler = runtime.invoked(
  onFrame<"send">(
    { send: sendFrame },
    {
      send: async (frame, caller, answer) => {
        await send(frame, caller, runtime.sendPorts(), {
          acknowledge: answer,
          exceptConnection: caller.connection.connectionId,
          publishMs: limits.publishMs,
        });
        return undefined;
      },
    },
    "posted",
  ),
);
