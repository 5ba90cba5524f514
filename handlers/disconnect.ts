/**
 * `$disconnect`: best effort on AWS, so nothing relies on it. Some gateways let a client's frame
 * reach it as well, and never send what this route returns.
 */
import type { APIGatewayProxyResultV2 } from "aws-lambda";
import { disconnect } from "../lib/actions/connections/disconnect.ts";
import * as runtime from "../lib/runtime.ts";
import { misroutedFrame, postFrame, type SocketEvent } from "./boundary.ts";

export const handler = runtime.invoked(
  async (event: SocketEvent): Promise<APIGatewayProxyResultV2> => {
    if (event.requestContext.eventType === "DISCONNECT") {
      await disconnect(event.requestContext.connectionId, runtime.forgetPorts());
    } else {
      await postFrame(event, misroutedFrame(event));
    }
    return { statusCode: 200 };
  },
);
