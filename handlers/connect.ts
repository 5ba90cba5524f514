/**
 * `$connect`, behind the authorizer. Selects our subprotocol where it is offered, which browsers
 * insist on.
 */
import type { APIGatewayProxyResultV2 } from "aws-lambda";
import { connect } from "../lib/actions/connections/connect.ts";
import { selectSubprotocol } from "../lib/identity/token.ts";
import * as runtime from "../lib/runtime.ts";
import { callerOf, misroutedFrame, type SocketEvent } from "./boundary.ts";
import { type HandshakeEvent, handshakeOf } from "./handshake.ts";

export const handler = runtime.invoked(
  async (event: SocketEvent & HandshakeEvent): Promise<APIGatewayProxyResultV2> => {
    if (event.requestContext.eventType !== "CONNECT") {
      return { statusCode: 200, body: JSON.stringify(misroutedFrame(event)) };
    }
    await connect(callerOf(event).connection, runtime.connectPorts());
    const selected = selectSubprotocol(handshakeOf(event));
    return {
      statusCode: 200,
      ...(selected && { headers: { "Sec-WebSocket-Protocol": selected } }),
    };
  },
);
