/** `POST /actions/{action}`: the path names an action, the body has the fields of its frame. */
import { type HttpAction, httpActionNames } from "./actions.ts";
import { ChatError } from "./chatError.ts";
import { type ClientFrame, clientFrames } from "./clientFrames.ts";
import { frameOf } from "./envelope.ts";

/** @throws ChatError `unknown_action`, `bad_request` */
export function actionFrame(
  name: string,
  fields: Readonly<Record<string, unknown>>,
): ClientFrame<HttpAction> {
  const action = httpActionNames.find((known) => known === name);
  if (action === undefined) {
    throw new ChatError("unknown_action", "there is no such action over HTTP");
  }
  // The path names the action, and one answer needs no name for its request.
  const field = ["action", "id"].find((known) => Object.hasOwn(fields, known));
  if (field !== undefined) {
    throw new ChatError("bad_request", `in the body, unknown field ${field}`);
  }
  // The compiler cannot follow through a table that the frame is the action's.
  return frameOf(clientFrames, action, { ...fields, action }) as ClientFrame<HttpAction>;
}
