/**
 * Between the gateway's events and the actions: the only try/catch of the handlers. Whatever a
 * frame holds, its sender is answered; whatever an action throws becomes an error frame, and what
 * is our fault is reported with its cause.
 */
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { charged } from "../lib/actions/budget/charge.ts";
import { costOf } from "../lib/actions/budget/requestCost.ts";
import { forget } from "../lib/actions/connections/forget.ts";
import type { RoomFailure } from "../lib/actions/messages/sync.ts";
import { type ConnectedCaller, connectionExpiryMs } from "../lib/model.ts";
import type { PostResult } from "../lib/ports.ts";
import { ChatError, ConnectionEnded } from "../lib/protocol/chatError.ts";
import type { Action, ClientFrame } from "../lib/protocol/clientFrames.ts";
import { actionOf, frameOf, operations, receive, unknownAction } from "../lib/protocol/receive.ts";
import { errorFrame, isReportable, withId } from "../lib/protocol/reply.ts";
import type { ServerFrame } from "../lib/protocol/serverFrames.ts";
import { disconnect, encodeFrame, postWithRetries } from "../lib/pubsub/post.ts";
import * as runtime from "../lib/runtime.ts";

/**
 * A WebSocket event as it arrives after `$connect`, with what the authorizer said of the caller.
 */
export interface SocketEvent extends Pick<APIGatewayProxyWebsocketEventV2, "body"> {
  requestContext: Pick<
    APIGatewayProxyWebsocketEventV2["requestContext"],
    "connectionId" | "connectedAt" | "eventType" | "requestId"
  > & { authorizer?: Readonly<Record<string, unknown>> };
}

export type Answer = ServerFrame | RoomFailure;
/** Sends one answer now, ahead of what the action returns. */
export type Answering = (answer: Answer) => Promise<void>;
/** Performs an action; what it returns are the answers that were not sent yet. */
export type Run<A extends Action> = (
  frame: ClientFrame<A>,
  caller: ConnectedCaller,
  answer: Answering,
) => Promise<Answer | Answer[] | undefined>;
type Runs<A extends Action> = { readonly [K in A]: Run<K> };

/** What the boundary takes of lib/runtime.ts. Simulations, which run it as well, give their own. */
export type Surroundings = Pick<
  typeof runtime,
  "clock" | "report" | "chargePorts" | "publishPorts" | "forgetPorts" | "ownGateway"
>;
const own: Surroundings = {
  clock: runtime.clock,
  report: (...report) => runtime.report(...report),
  chargePorts: () => runtime.chargePorts(),
  publishPorts: () => runtime.publishPorts(),
  forgetPorts: () => runtime.forgetPorts(),
  ownGateway: () => runtime.ownGateway(),
};

/**
 * A function that answers frames with `runs`: its last answer by returning, or all of them by
 * posting.
 */
export function onFrame<A extends Action>(
  runs: Runs<A>,
  last: "returned" | "posted",
  here: Surroundings = own,
) {
  return async (event: SocketEvent): Promise<APIGatewayProxyResultV2> => {
    const { id, content } = receive(event.body);
    const { requestId } = event.requestContext;
    const unanswered: string[] = [];
    const toFrame = (answer: Answer) => withId(frameFor(answer, requestId, here), id);
    const post = async (answer: Answer) => {
      const result = await postFrame(event, toFrame(answer), here);
      if (result !== "delivered" && result !== "gone") unanswered.push(result);
    };

    const answers = await attempt(event, here, async () => {
      if (content instanceof ChatError) throw content;
      return [
        (await perform(runs, content, callerOf(event, here.ownGateway()), post, here)) ?? [],
      ].flat();
    });
    const returned = last === "returned" ? answers.pop() : undefined;
    for (const answer of answers) await post(answer);
    // The gateway says what we could not.
    if (unanswered.length > 0) throw new Error(`answers not posted: ${unanswered.join(", ")}`);
    return { statusCode: 200, ...(returned && { body: JSON.stringify(toFrame(returned)) }) };
  };
}

/**
 * The answer to a frame that reached a function which serves none, as some gateways let `$connect`
 * do.
 */
export function misroutedFrame(event: SocketEvent): ServerFrame {
  const { id, content } = receive(event.body);
  const error = content instanceof ChatError ? content : unknownAction();
  return withId(errorFrame(error, event.requestContext.requestId), id);
}

/** Post a frame to the connection that an event is about. */
export async function postFrame(
  event: SocketEvent,
  frame: ServerFrame,
  here: Surroundings = own,
): Promise<PostResult> {
  const { connection } = callerOf(event, here.ownGateway());
  return postWithRetries(here.publishPorts(), connection, encodeFrame(frame));
}

/**
 * Who is asking: what the authorizer found in the token at `$connect`, and nothing that the frame
 * says.
 */
export function callerOf(
  { requestContext }: SocketEvent,
  gateway = runtime.ownGateway(),
): ConnectedCaller {
  const { user: encodedUser, name, expiresAtMs } = requestContext.authorizer ?? {};
  const { connectionId, connectedAt: connectedAtMs } = requestContext;
  const tokenExpiresAtMs = Number(expiresAtMs);
  if (typeof encodedUser !== "string" || !Number.isSafeInteger(tokenExpiresAtMs)) {
    throw new TypeError("the event has no authorizer context");
  }
  const user = decodeURIComponent(encodedUser);
  return {
    user,
    ...(typeof name === "string" && { name: decodeURIComponent(name) }),
    expiresAtMs: tokenExpiresAtMs,
    connection: {
      connectionId,
      gateway,
      user,
      connectedAtMs,
      expiresAtMs: connectionExpiryMs(connectedAtMs, tokenExpiresAtMs),
    },
  };
}

async function perform<A extends Action>(
  runs: Runs<A>,
  content: Readonly<Record<string, unknown>>,
  caller: ConnectedCaller,
  answer: Answering,
  here: Surroundings,
): Promise<Answer | Answer[] | undefined> {
  if (caller.expiresAtMs <= here.clock.nowMs()) throw new ConnectionEnded("token_expired");
  const action = actionOf(content, Object.keys(runs) as A[]);
  const frame = frameOf(action, content);
  // `frame` was parsed by the schema of `action`, which the compiler cannot follow through a table.
  const cost = costOf(frame as ClientFrame<Action>);
  const charge = { user: caller.user, cost, operation: operations[action] };
  const run = runs[action] as (frame: unknown, ...rest: unknown[]) => ReturnType<Run<Action>>;
  return charged(charge, here.chargePorts(), () => run(frame, caller, answer));
}

async function attempt(
  event: SocketEvent,
  here: Surroundings,
  work: () => Promise<Answer[]>,
): Promise<Answer[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConnectionEnded) {
      const { connection } = callerOf(event, here.ownGateway());
      await disconnect(here.publishPorts(), connection, error.code);
      await forget(here.forgetPorts(), connection.connectionId);
      return [];
    }
    return [errorFrameReported(error, event.requestContext.requestId, here)];
  }
}

function frameFor(answer: Answer, requestId: string, here: Surroundings): ServerFrame {
  return "type" in answer ? answer : errorFrameReported(answer.error, requestId, here, answer.room);
}

function errorFrameReported(
  error: unknown,
  requestId: string,
  here: Surroundings,
  room?: string,
): ServerFrame {
  if (isReportable(error)) here.report("request failed", { requestId, error });
  return errorFrame(error, requestId, room);
}
