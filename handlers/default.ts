/** The `$default` route: every action but `send`, and what no route matches. */
import { type SocketActions, socketActions, withPorts } from "../lib/actions/socketActions.ts";
import { clientFrames } from "../lib/protocol/clientFrames.ts";
import * as runtime from "../lib/runtime.ts";
import { onFrame } from "./boundary.ts";

export const handler = runtime.invoked(
  onFrame<keyof SocketActions>(
    clientFrames,
    withPorts(socketActions, () => runtime.allPorts()),
    "returned",
  ),
);
