/**
 * The actions as one value, so that a test can put a broken one in place of a real one, and the
 * boundary around them: an action in, its answers out. The boundary follows handlers/boundary.ts,
 * which cannot be used itself because it takes its ports from lib/runtime.ts.
 */
import { connect } from "../../lib/actions/connect.ts";
import { disconnect } from "../../lib/actions/disconnect.ts";
import { hello } from "../../lib/actions/hello.ts";
import { history } from "../../lib/actions/history.ts";
import { join } from "../../lib/actions/join.ts";
import { leave } from "../../lib/actions/leave.ts";
import { ping } from "../../lib/actions/ping.ts";
import { read } from "../../lib/actions/read.ts";
import { send } from "../../lib/actions/send.ts";
import { sync } from "../../lib/actions/sync.ts";
import { typing } from "../../lib/actions/typing.ts";
import { who } from "../../lib/actions/who.ts";
import { ConnectionEnded } from "../../lib/domain/chatError.ts";
import type { ConnectedCaller } from "../../lib/domain/model.ts";
import { errorFrame, isReportable, withId } from "../../lib/domain/reply.ts";
import type { Ports } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { forget } from "../../lib/pubsub/forget.ts";
import { encodeFrame, postWithRetries, disconnect as sayGoodbye } from "../../lib/pubsub/post.ts";
import type { Request } from "../support/checker/history.ts";

export const realActions = {
  connect,
  disconnect,
  hello,
  history,
  join,
  leave,
  ping,
  read,
  send,
  sync,
  typing,
  who,
};
export type Actions = typeof realActions;

/**
 * Perform a request; the answers that were not posted meanwhile, as the gateway returns them.
 * `defects` takes what the operator would be told.
 */
export async function perform(
  actions: Actions,
  frame: Request,
  caller: ConnectedCaller,
  ports: Ports,
  defects: unknown[],
): Promise<ServerFrame[]> {
  const { connection } = caller;
  try {
    if (caller.expiresAtMs <= ports.clock.nowMs()) throw new ConnectionEnded("token_expired");
    const answers = await run(actions, frame, caller, ports, defects);
    return answers.map((answer) => withId(answer, frame.id));
  } catch (error) {
    if (!(error instanceof ConnectionEnded)) {
      if (isReportable(error)) defects.push(error);
      return [withId(errorFrame(error, "request"), frame.id)];
    }
    await sayGoodbye(ports, connection, error.code);
    await forget(ports, connection.connectionId);
    return [];
  }
}

async function run(
  actions: Actions,
  frame: Request,
  caller: ConnectedCaller,
  ports: Ports,
  defects: unknown[],
): Promise<ServerFrame[]> {
  switch (frame.action) {
    case "send":
      await actions.send(frame, caller, ports, {
        acknowledge: async (ack) => {
          await postWithRetries(ports, caller.connection, encodeFrame(withId(ack, frame.id)));
        },
        exceptConnection: caller.connection.connectionId,
        publishMs: limits.publishMs,
      });
      return [];
    case "sync": {
      const answers = await actions.sync(frame, caller, ports);
      return answers.map((answer) => {
        if ("type" in answer) return answer;
        if (isReportable(answer.error)) defects.push(answer.error);
        return errorFrame(answer.error, "request", answer.room);
      });
    }
    case "typing":
      return [(await actions.typing(frame, caller, ports)) ?? []].flat();
    default: {
      // Each action takes the frame of its own name, which the compiler cannot follow.
      const action = actions[frame.action] as (...args: unknown[]) => Promise<ServerFrame>;
      return frame.action === "ping" ? [await action(ports)] : [await action(frame, caller, ports)];
    }
  }
}
