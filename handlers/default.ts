/** The `$default` route: every action but `send`, and whatever no route matches. */

import { ping } from "../lib/actions/connections/ping.ts";
import { history } from "../lib/actions/messages/history.ts";
import { sync } from "../lib/actions/messages/sync.ts";
import { hello } from "../lib/actions/people/hello.ts";
import { read } from "../lib/actions/people/read.ts";
import { typing } from "../lib/actions/people/typing.ts";
import { who } from "../lib/actions/people/who.ts";
import { join } from "../lib/actions/rooms/join.ts";
import { leave } from "../lib/actions/rooms/leave.ts";
import type { Action } from "../lib/protocol/clientFrames.ts";
import * as runtime from "../lib/runtime.ts";
import { onFrame } from "./boundary.ts";

export const handler = onFrame<Exclude<Action, "send">>(
  {
    hello: (frame, caller) => hello(frame, caller, runtime.allPorts()),
    join: (frame, caller) => join(frame, caller, runtime.allPorts()),
    leave: (frame, caller) => leave(frame, caller, runtime.allPorts()),
    sync: (frame, caller) => sync(frame, caller, runtime.allPorts()),
    history: (frame, caller) => history(frame, caller, runtime.allPorts()),
    read: (frame, caller) => read(frame, caller, runtime.allPorts()),
    who: (frame, caller) => who(frame, caller, runtime.allPorts()),
    ping: () => ping({ clock: runtime.clock }),
    typing: (frame, caller) => typing(frame, caller, runtime.allPorts()),
  },
  "returned",
);
