/**
 * Frames as a client sees them. Only types come from lib/protocol, and they are gone when this
 * runs: what the service sends is trusted to be of its form, but it may hold types and fields that
 * are newer than this client, and the gateway may put in a word of its own.
 */
import type { actions } from "../lib/protocol/actions.ts";
import type { Action, ClientFrame } from "../lib/protocol/clientFrames.ts";
import type { LogEvent, ServerFrame, SyncedRoom } from "../lib/protocol/serverFrames.ts";

export type { Action, LogEvent, ServerFrame, SyncedRoom };

/** What a request of each action says, besides its action and the `id` that it is given. */
export type Fields<A extends Action> = Omit<ClientFrame<A>, "action" | "id">;

/** What an action is answered by, when it is granted. */
export type Reply<A extends Action> = ServerFrame<(typeof actions)[A]["reply"]>;

/** A frame, or `gateway` for one of the gateway's own, or nothing where there is none. */
export function readFrame(data: unknown): ServerFrame | "gateway" | undefined {
  if (typeof data !== "string" || data === "") return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    if (typeof frame !== "object" || frame === null) return undefined;
    return "type" in frame ? (frame as ServerFrame) : "gateway";
  } catch {
    return undefined; // not JSON, so neither the service's nor the gateway's
  }
}
