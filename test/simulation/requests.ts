/** What clients and gateways ask of a simulation, and what of it goes into the history. */

import type { ConnectedCaller } from "../../lib/model.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Request } from "../support/checker/history.ts";
import { memorySpending } from "../support/memory/spending.ts";
import type { Operating, Outcome } from "./operating.ts";
import { type Charging, type Post, perform, performPost } from "./service.ts";

export interface Requests {
  /** A handshake: the gateway knows the connection when the handler has ended. */
  connect(thread: string, caller: ConnectedCaller): Promise<Outcome<void>>;
  request(thread: string, caller: ConnectedCaller, frame: Request): Promise<Outcome<void>>;
  /** The same over HTTP. In the history a user's requests have a connection, alice-http. */
  post(thread: string, user: string, post: Post): Promise<Outcome<void>>;
  /** Delete what is past its time. */
  sweep(thread: string): Promise<Outcome<void>>;
  /** A gateway's word that a connection has closed. */
  disconnect(thread: string, connectionId: string): Promise<Outcome<void>>;
}

export function requestsOf(
  core: Operating,
  arrive: (connection: string, frame: ServerFrame) => void,
): Requests {
  const { service, scheduler, stores, entries } = core;
  // Nobody is asked to wait: a simulated second has as many requests as a real day.
  const budget: Charging["budget"] = { take: () => ({ waitMs: 0 }), learn() {} };
  const charging: Charging = { budget, spending: memorySpending() };
  let requests = 0;
  return {
    async connect(thread, caller) {
      const { connection } = caller;
      const { connectionId, user } = connection;
      return core.operate(thread, `connect ${connectionId}`, async (ports) => {
        await service.actions.connect(connection, ports);
        scheduler.touch({ thing: "inbox", part: connectionId, writes: true });
        stores.network.open.set(connectionId, connection.gateway);
        entries.push({ what: "opened", connection: connectionId, user });
      });
    },
    async request(thread, caller, frame) {
      const { connectionId } = caller.connection;
      const request = frame.id ?? `r${++requests}`;
      const asked = { ...frame, id: request };
      const outcome = await core.operate(thread, sketchOf(frame), async (ports) => {
        entries.push({ what: "asked", connection: connectionId, request, frame: asked });
        const answer = await perform(service, asked, caller, ports, charging);
        // What an answer says is held against what was stored by then.
        scheduler.touch(...roomsOf(frame).map((room) => ({ thing: `log:${room}`, writes: false })));
        if (answer) arrive(connectionId, answer);
        entries.push({ what: "ended", request });
      });
      if (outcome.died) entries.push({ what: "died", request });
      return outcome;
    },
    async post(thread, user, post) {
      const connection = `${user}-http`;
      const request = `r${++requests}`;
      const { cid, room } = post;
      if (!entries.some((entry) => entry.what === "opened" && entry.connection === connection))
        entries.push({ what: "opened", connection, user });
      const outcome = await core.operate(thread, `POST ${room} ${cid}`, async (ports) => {
        entries.push({ what: "asked", connection, request, frame: { action: "send", ...post } });
        const { status, body } = await performPost(service, user, post, ports, charging);
        scheduler.touch({ thing: `log:${room}`, writes: false });
        const said = {
          ...body,
          ...Object(body["error"]),
          ...(status === 200 && { duplicate: true }),
        };
        const frame = { type: status < 300 ? "ack" : "error", id: request, ...said } as ServerFrame;
        entries.push({ what: "received", connection, frame });
        entries.push({ what: "ended", request });
      });
      if (outcome.died) entries.push({ what: "died", request });
      return outcome;
    },
    sweep: (thread) =>
      core.operate(thread, "sweep", ({ sweeping }) =>
        service.actions.sweep(Number.POSITIVE_INFINITY, sweeping),
      ),
    disconnect: (thread, connectionId) =>
      core.operate(thread, `disconnect ${connectionId}`, (ports) =>
        service.actions.disconnect(connectionId, ports),
      ),
  };
}

function roomsOf(frame: Request): string[] {
  if (frame.action === "focus") return frame.rooms;
  if ("rooms" in frame) return Object.keys(frame.rooms);
  return "room" in frame && frame.room !== undefined ? [frame.room] : [];
}

function sketchOf(frame: Request): string {
  const said = frame.action === "send" ? ` ${frame.cid ?? ""} ${frame.to ?? ""}` : "";
  return `${frame.action} ${roomsOf(frame).join(" ")}${said}`;
}
