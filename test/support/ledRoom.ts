/** A private room that is led, and a way to ask for any action in it over memory. */
import { send as sendAction } from "../../lib/actions/messages/send.ts";
import { socketActions } from "../../lib/actions/socketActions.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import type { Action, ClientFrame } from "../../lib/protocol/clientFrames.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { type World, world } from "./world.ts";

export type Fields = Record<string, unknown>;
type Answer = ServerFrame | { type: "error"; code: string; retryAfterMs?: number };

/** Ask as a caller; a refusal is an answer too. */
export async function ask(
  here: Pick<World, "ports">,
  caller: ConnectedCaller,
  action: Action,
  fields: Fields = {},
  isAdmin = false,
): Promise<Answer & Fields> {
  const frame = { action, ...fields };
  const asking = { ...caller, isAdmin };
  try {
    if (action === "send") {
      const said = frame as ClientFrame<"send">;
      return (await sendAction(said, asking, here.ports, { publishMs: 1_000 })) as Answer & Fields;
    }
    const run = socketActions[action] as (...args: unknown[]) => Promise<Answer & Fields>;
    return await run(frame, asking, here.ports as unknown as Ports);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return { type: "error", ...error.refusal(action) } as Answer & Fields;
  }
}

/** A private room of alice's, with bob as a moderator, carol as a member, and mallory outside. */
export async function led(fields: Fields = {}) {
  const here = world();
  const [alice, bob, carol, mallory] = await Promise.all(
    ["alice", "bob", "carol", "mallory"].map((user) => here.as(user)),
  );
  if (!alice || !bob || !carol || !mallory) throw new Error("somebody is missing");
  const made = await ask(here, alice, "create", {
    visibility: "private",
    title: "plans",
    invite: ["bob", "carol"],
    ...fields,
  });
  const room = String(made["room"]);
  for (const one of [bob, carol]) await ask(here, one, "join", { room });
  await ask(here, alice, "grant", { room, user: "bob", role: "moderator" });
  for (const one of [alice, bob, carol, mallory]) here.received(one);
  return { here, room, made, alice, bob, carol, mallory };
}

export const codeOf = (answer: Fields) => answer["code"] ?? answer["type"];

export async function hearing({ ports }: World, room: string): Promise<string[]> {
  const { found } = await ports.subscriptions.listSome(roomTopic(room), 100);
  return found.map(({ connectionId }) => connectionId).sort();
}
