/**
 * Between the gateway's events and the actions: the only try/catch of the handlers. Every
 * frame is answered; an error that an action throws becomes an error frame, and our own faults
 * are reported with their cause.
 */
import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { charged, costOf } from "../lib/actions/budget.ts";
import { forget } from "../lib/actions/connections/forget.ts";
import { type ConnectedCaller, connectionExpiryMs } from "../lib/model.ts";
import type { Address, PostResult } from "../lib/ports.ts";
import { ChatError, ConnectionEnded } from "../lib/protocol/chatError.ts";
import type { Action, ClientFrame, ClientFrames } from "../lib/protocol/clientFrames.ts";
import {
  actionOf,
  type Content,
  errorFrame,
  frameOf,
  isReportable,
  receive,
  unknownAction,
  withId,
} from "../lib/protocol/envelope.ts";
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
  > &
    Partial<Pick<APIGatewayProxyWebsocketEventV2["requestContext"], "requestTimeEpoch">> & {
      authorizer?: Readonly<Record<string, unknown>>;
    };
}

/** Sends the answer now, ahead of the action's end. */
type Answering = (answer: ServerFrame) => Promise<void>;
/** Performs an action, and returns its answer unless that was sent already. */
export type Run<A extends Action> = (
  frame: ClientFrame<A>,
  caller: ConnectedCaller,
  answer: Answering,
) => Promise<ServerFrame | undefined>;
type Runs<A extends Action> = { readonly [K in A]: Run<K> };
/** Only what a function runs: its bundle holds the schemas that it is given. */
type Frames<A extends Action> = Pick<ClientFrames, A>;

/** What the boundary needs of lib/runtime.ts. Simulations give their own. */
export type Surroundings = Pick<
  typeof runtime,
  "clock" | "report" | "measure" | "chargePorts" | "publishPorts" | "forgetPorts" | "ownGateway"
>;
const production: Surroundings = {
  clock: runtime.clock,
  report: (...report) => runtime.report(...report),
  measure: (...measured) => runtime.measure(...measured),
  chargePorts: () => runtime.chargePorts(),
  publishPorts: () => runtime.publishPorts(),
  forgetPorts: () => runtime.forgetPorts(),
  ownGateway: () => runtime.ownGateway(),
};

type Work = () => Promise<ServerFrame | undefined>;

/** What handlers share, in these surroundings. */
export function frameBoundary(here: Surroundings) {
  /** A function that answers frames with `runs`: by returning the answer, or by posting it. */
  function onFrame<A extends Action>(frames: Frames<A>, runs: Runs<A>, way: "returned" | "posted") {
    return async (event: SocketEvent): Promise<APIGatewayProxyResultV2> => {
      const { id, content } = receive(event.body);
      const unanswered: string[] = [];
      const post = async (answer: ServerFrame) => {
        const result = await postFrame(event, withId(answer, id));
        if (result !== "delivered" && result !== "gone") unanswered.push(result);
        else if (answer.type === "ack") measureAck(event);
      };

      const answer = await attempt(event, content, () => {
        if (content instanceof ChatError) throw content;
        return perform({ frames, runs }, content, callerFrom(event, here.ownGateway()), post);
      });
      if (answer && way === "returned") {
        return { statusCode: 200, body: JSON.stringify(withId(answer, id)) };
      }
      if (answer) await post(answer);
      // The gateway says what we could not.
      if (unanswered.length > 0) throw new Error(`answers not posted: ${unanswered.join(", ")}`);
      return { statusCode: 200 };
    };
  }

  /** Charge the frame to its user, and run its action. */
  async function perform<A extends Action>(
    { frames, runs }: { frames: Frames<A>; runs: Runs<A> },
    content: Readonly<Record<string, unknown>>,
    caller: ConnectedCaller,
    answer: Answering,
  ): Promise<ServerFrame | undefined> {
    if (caller.expiresAtMs <= here.clock.nowMs()) throw new ConnectionEnded("token_expired");
    const action = actionOf(content, Object.keys(runs) as A[]);
    const frame = frameOf(frames, action, content);
    // The compiler cannot follow through a table that `frame` was parsed by the schema of `action`.
    const cost = costOf(frame as ClientFrame<Action>);
    const run = runs[action] as (frame: unknown, ...rest: unknown[]) => ReturnType<Run<Action>>;
    return charged({ user: caller.user, cost }, here.chargePorts(), () =>
      run(frame, caller, answer),
    );
  }

  async function attempt(event: SocketEvent, content: Content, work: Work) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectionEnded)) return errorFrameReported(error, content, event);
      const address = addressOf(event);
      await disconnect(here.publishPorts(), address, error.code);
      await forget(here.forgetPorts(), address.connectionId);
      return undefined;
    }
  }

  function errorFrameReported(error: unknown, content: Content, event: SocketEvent): ServerFrame {
    const { requestId } = event.requestContext;
    if (isReportable(error)) here.report("request failed", { requestId, error });
    const frame = errorFrame(error, content, requestId);
    here.measure(`refused: ${frame.code}`, 1);
    return frame;
  }

  /** From the gateway's clock to ours, which may be a little behind. */
  function measureAck({ requestContext: { requestTimeEpoch } }: SocketEvent): void {
    if (requestTimeEpoch === undefined) return;
    here.measure("ackMs", Math.max(0, here.clock.nowMs() - requestTimeEpoch));
  }

  /** Post a frame to the connection that an event is about. */
  async function postFrame(event: SocketEvent, frame: ServerFrame): Promise<PostResult> {
    return postWithRetries(here.publishPorts(), addressOf(event), encodeFrame(frame));
  }

  const addressOf = ({ requestContext: { connectionId } }: SocketEvent): Address => ({
    connectionId,
    gateway: here.ownGateway(),
  });

  return { onFrame, postFrame };
}

// Functions, so that a bundle which needs neither holds nothing of the boundary.
export const onFrame = <A extends Action>(
  frames: Frames<A>,
  runs: Runs<A>,
  way: "returned" | "posted",
) => frameBoundary(production).onFrame(frames, runs, way);
export const postFrame = (event: SocketEvent, frame: ServerFrame) =>
  frameBoundary(production).postFrame(event, frame);
export const callerOf = (event: SocketEvent) => callerFrom(event, runtime.ownGateway());

/**
 * The answer to a frame that reached a function which serves none, as some gateways let `$connect`
 * do.
 */
export function misroutedFrame(event: SocketEvent): ServerFrame {
  const { id, content } = receive(event.body);
  const error = content instanceof ChatError ? content : unknownAction();
  return withId(errorFrame(error, error, event.requestContext.requestId), id);
}

/** Who is asking, by the token at `$connect`; nothing in the frame counts. */
function callerFrom({ requestContext }: SocketEvent, gateway: string): ConnectedCaller {
  const { user: encodedUser, name, expiresAtMs, isAdmin } = requestContext.authorizer ?? {};
  const { connectionId, connectedAt: connectedAtMs } = requestContext;
  const tokenExpiresAtMs = Number(expiresAtMs);
  if (typeof encodedUser !== "string" || !Number.isSafeInteger(tokenExpiresAtMs)) {
    throw new TypeError("the event has no authorizer context");
  }
  const user = decodeURIComponent(encodedUser);
  return {
    user,
    ...(typeof name === "string" && { name: decodeURIComponent(name) }),
    ...(isAdmin === "true" && { isAdmin: true }),
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
