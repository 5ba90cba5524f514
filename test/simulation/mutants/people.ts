/** Wrong ways to know who somebody is and what is theirs, and to answer: promises 5, 6 and 9. */

import type { APIGatewayProxyResultV2 } from "aws-lambda";
import type { SocketEvent, Surroundings } from "../../../handlers/boundary.ts";
import type { ConnectedCaller, Membership } from "../../../lib/model.ts";
import type { Ports } from "../../../lib/ports.ts";
import { ChatError } from "../../../lib/protocol/chatError.ts";
import { encodeFrame } from "../../../lib/pubsub/post.ts";
import { refusedIn } from "../../support/syncReply.ts";
import { twoAppends } from "../cases/append.ts";
import { directAndHello, directBothWays } from "../cases/directRooms.ts";
import { stranger } from "../cases/hearing.ts";
import { realActions, realService } from "../service.ts";
import { type Mutant, over, overSend, withActions, withBoundary } from "./mutant.ts";

export const peopleMutants: readonly Mutant[] = [
  {
    what: "a direct room that is opened after its first message",
    promise: 5,
    small: directAndHello,
    service: withActions({
      send: async (frame, caller, ports, options) => {
        const late: (() => Promise<void>)[] = [];
        const memberships = {
          ...ports.memberships,
          add: async (...args: [string, Membership]) => {
            late.push(() => ports.memberships.add(...args));
          },
          addWriter: async (...args: [string, Membership]) => {
            late.push(() => ports.memberships.addWriter(...args));
          },
        };
        const ack = await realActions.send(frame, caller, { ...ports, memberships }, options);
        for (const open of late) await open();
        return ack;
      },
    }),
  },
  {
    what: "a direct room that is opened for who writes only",
    promise: 5,
    small: directAndHello,
    service: overSend(() => ({ memberships: { add: async () => {} } })),
  },
  {
    what: "a direct room that is opened for oneself first, and is open then",
    promise: 10,
    seenAs: 5,
    small: directAndHello,
    service: overSend(({ memberships }, me) => ({
      memberships: {
        add: async (other, membership) => {
          if (await memberships.find(me, membership.room)) return;
          await memberships.add(me, membership);
          await memberships.add(other, membership);
        },
      },
    })),
  },
  {
    what: "a hello that leaves out rooms in which its user has not read",
    promise: 5,
    small: directAndHello,
    service: over("hello", ({ memberships }) => ({
      memberships: {
        list: async (...args) =>
          (await memberships.list(...args)).filter(({ readSeq }) => readSeq > 0),
      },
    })),
  },
  {
    what: "a send that believes the frame about who it is from",
    promise: 6,
    small: directAndHello,
    service: withActions({
      send: (frame, caller, ports, options) => {
        const from = frame.to ?? caller.user;
        const forged = { ...frame, to: caller.user };
        return realActions.send(forged, { ...caller, user: from }, ports, options);
      },
    }),
  },
  {
    what: "a send that keeps its caller where the next request of the function does",
    promise: 6,
    small: directBothWays,
    service: () => {
      let current: ConnectedCaller | undefined;
      const send: typeof realActions.send = async (frame, caller, ports, options) => {
        current = caller as ConnectedCaller;
        await ports.log.tail("dm:alice:bob", 1);
        return realActions.send(frame, current, ports, options);
      };
      return { ...realService, actions: { ...realActions, send } };
    },
  },
  {
    what: "a send that does not answer",
    promise: 9,
    small: twoAppends,
    service: withActions({
      send: (frame, caller, ports, { acknowledge: _, ...rest }) =>
        realActions.send(frame, caller, ports, rest),
    }),
  },
  {
    what: "a boundary that does not answer refusals",
    promise: 9,
    small: stranger,
    service: withAnswers(async (result) => {
      const isRefusal = typeof result === "object" && /"type":"error"/.test(result.body ?? "");
      return isRefusal ? { statusCode: 200 } : result;
    }),
  },
  {
    what: "a boundary that answers twice",
    promise: 9,
    small: directAndHello,
    service: withAnswers(async (result, event, here) => {
      const answer = typeof result === "object" && result.body;
      if (!answer) return result;
      const { connectionId } = event.requestContext;
      const to = { connectionId, gateway: here.ownGateway() };
      const { sockets } = here.publishPorts() as Pick<Ports, "sockets">;
      await sockets.post(to, new TextEncoder().encode(answer), 1_000);
      return result;
    }),
  },
  {
    what: "a sync that posts a frame for each of its rooms",
    promise: 9,
    small: stranger,
    service: withActions({
      sync: async (frame, caller, ports) => {
        const reply = await realActions.sync(frame, caller, ports);
        for (const room of reply.rooms.slice(1)) {
          const one = { ...reply, ...(frame.id !== undefined && { id: frame.id }), rooms: [room] };
          await ports.sockets.post(caller.connection, encodeFrame(one), 1_000);
        }
        return { ...reply, rooms: reply.rooms.slice(0, 1) };
      },
    }),
  },
  {
    what: "a sync that fails as a whole when one room is refused",
    promise: 9,
    small: stranger,
    service: withActions({
      sync: async (...request) => {
        const reply = await realActions.sync(...request);
        const [refused] = refusedIn(reply);
        if (refused) throw new ChatError("internal", refused.error.message);
        return reply;
      },
    }),
  },
];

/** A boundary that does something to what a function returns. */
function withAnswers(
  change: (
    result: APIGatewayProxyResultV2,
    event: SocketEvent,
    here: Surroundings,
  ) => Promise<APIGatewayProxyResultV2>,
) {
  return withBoundary((here) => {
    const real = realService.boundary(here);
    const onFrame: typeof real.onFrame = (frames, runs, way) => async (event) =>
      change(await real.onFrame(frames, runs, way)(event), event, here);
    return { ...real, onFrame };
  });
}
