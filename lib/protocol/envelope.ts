/**
 * The envelope of every request. It turns the bytes of a frame into an action and its fields, and
 * an answer or an error into the frame that the client gets. A frame's `id` is read first, so that
 * an error in any other field can say which request it answers.
 */

import { operationOf } from "./actions.ts";
import { ChatError, type Refusal, unableTo } from "./chatError.ts";
import type { Action, ClientFrames } from "./clientFrames.ts";
import { errorCodes } from "./codes.ts";
import { limits } from "./limits.ts";
import { clientName } from "./names.ts";
import { parse } from "./parse.ts";
import type { ServerFrame } from "./serverFrames.ts";

export interface Received {
  /** The frame's `id`, when it has a usable one. */
  id: string | undefined;
  content: Content;
}

/** A frame's fields as sent, or why it is no request at all. */
export type Content = Readonly<Record<string, unknown>> | ChatError;

/** Read a frame as far as its `id`. Never throws. */
export function receive(body: unknown): Received {
  const refuse = (reason: string): Received => ({
    id: undefined,
    content: new ChatError("bad_request", reason),
  });
  const tooLarge = (id?: string): Received => {
    return { id, content: new ChatError("too_large", `it is over ${limits.frameBytes} bytes`) };
  };
  if (typeof body !== "string") return refuse("it is not text");
  const bytes = Buffer.byteLength(body);
  if (bytes > limits.messageBytes) return tooLarge();
  const content = parseJson(body);
  const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
  const id = isObject && "id" in content ? clientName.safeParse(content.id).data : undefined;
  if (bytes > limits.frameBytes) return tooLarge(id);
  if (content === undefined) return refuse("it is not JSON");
  if (!isObject) return refuse("it is not a JSON object");
  return { id, content: content as Record<string, unknown> };
}

/**
 * The action that a frame names, if this is one that we know. @throws ChatError `bad_request`,
 * `unknown_action`
 */
export function actionOf<A extends Action>(
  content: Readonly<Record<string, unknown>>,
  known: readonly A[],
): A {
  const name = Object.hasOwn(content, "action") ? content["action"] : undefined;
  if (typeof name !== "string") {
    const reason = name === undefined ? "action is missing" : "action must be a string";
    throw new ChatError("bad_request", reason);
  }
  const action = known.find((candidate) => candidate === name);
  if (action === undefined) throw unknownAction();
  return action;
}

export function unknownAction(): ChatError {
  return new ChatError("unknown_action", "there is no such action");
}

/**
 * The frame of an action, typed, by its schema among `frames`.
 * @throws ChatError `bad_request`, naming the field
 */
export function frameOf<A extends Action>(
  frames: Pick<ClientFrames, A>,
  action: A,
  content: unknown,
) {
  const parsed = parse(frames[action], content);
  if (!parsed.ok) throw new ChatError("bad_request", parsed.reason);
  return parsed.value;
}

/** A value of JSON, or undefined (which JSON cannot say) when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser's message quotes the text, which is nobody's to log
  }
}

/**
 * As `parseJson`, of bytes. Bytes that are not UTF-8 are not JSON: decoded leniently they would be
 * stored as replacement characters, which nobody sent.
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * A failure of what is called `operation`, as a client is told it. Anything but a refusal stays
 * with the operator, under the request's id.
 */
export function refusalOf(error: unknown, operation: string, requestId: string): Refusal {
  if (error instanceof ChatError) return error.refusal(operation);
  const message = unableTo(operation, `it is reported as request ${requestId}`);
  return { code: "internal", message, retryable: errorCodes.internal.retryable };
}

/**
 * Whether the operator should hear of a failure: of defects and outages, not of what clients do.
 */
export function isReportable(error: unknown): boolean {
  return !(error instanceof ChatError) || error.cause !== undefined;
}

/** The answer to a frame of this content that failed. */
export function errorFrame(
  error: unknown,
  content: Content,
  requestId: string,
): ServerFrame<"error"> {
  const action = content instanceof ChatError ? undefined : content["action"];
  return { type: "error", ...refusalOf(error, operationOf(action, "read the frame"), requestId) };
}

/** The frame as an answer to the request `id`, which people find right behind the type. */
export function withId(frame: ServerFrame, id: string | undefined): ServerFrame {
  if (id === undefined) return frame;
  const { type, ...rest } = frame;
  return { type, id, ...rest } as ServerFrame;
}
