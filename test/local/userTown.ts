/**
 * A service on tables of its own, in which alice has done everything that leaves something behind:
 * in a public room, a room that she leads, one that she left, and direct rooms.
 */
import { randomUUID } from "node:crypto";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { announceChanges } from "../../lib/actions/messages/announceChanges.ts";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { createTables, localClient } from "../../local/emulator/database/tables.ts";
import { dynamoStores, type Tables } from "../support/dynamoStores.ts";
import { ask, type Fields } from "../support/ledRoom.ts";
import { type World, world } from "../support/world.ts";

/** Tables in a database that may be shared: named by a prefix of their own, or the usual one. */
export async function freshTables(
  endpoint: string,
  prefix: string = randomUUID(),
): Promise<Tables> {
  const names = await createTables(endpoint, prefix);
  const client = localClient(endpoint);
  return {
    rooms: { client, name: String(names["Rooms"]) },
    connections: { client, name: String(names["Connections"]) },
  };
}

/** The actions, on tables. */
export function worldOn(tables: Tables): World {
  const here = world();
  Object.assign(here.ports, dynamoStores(tables));
  return here;
}

export interface Town {
  here: World;
  /** By user: asks for an action, and fails where it is refused. */
  asks: Record<"alice" | "bob" | "carol", (action: Action, fields: Fields) => Promise<Fields>>;
  /** The private room that alice leads, with bob and carol. */
  led: string;
  /** Every room that holds something of alice. */
  rooms: string[];
}

/** What alice wrote, in any of her texts, reasons and names. */
export const secret = "the-secret";

export async function town(tables: Tables): Promise<Town> {
  const here = worldOn(tables);
  const asksAs = async (user: string) => {
    const name = user === "alice" ? `Alice ${secret}` : user;
    const caller = { ...(await here.as(user)), name };
    return async (action: Action, fields: Fields) => {
      const answer = await ask(here, caller, action, fields);
      if (answer.type === "error") throw new Error(`${user} ${action}: ${JSON.stringify(answer)}`);
      here.pass(10_000);
      return answer as Fields;
    };
  };
  const [alice, bob, carol] = [await asksAs("alice"), await asksAs("bob"), await asksAs("carol")];
  const asks = { alice, bob, carol };
  const made = await alice("create", {
    visibility: "private",
    title: "plans",
    invite: ["bob", "carol"],
  });
  const led = String(made["room"]);
  for (const join of [bob, carol]) await join("join", { room: led });
  for (const join of [alice, bob, carol]) await join("join", { room: "general" });
  await alice("join", { room: "old-times" });

  const say = async (by: typeof alice, fields: Fields, text = "hello") =>
    Number((await by("send", { text, cid: randomUUID(), ...fields }))["seq"]);
  const [room, text] = ["general", `from alice ${secret}`];
  const first = await say(alice, { room, mentions: ["bob"], data: { secret } }, text);
  const second = await say(bob, { room, mentions: ["alice"] });
  const third = await say(carol, { room });
  await alice("react", { room, seq: second, emoji: "👍", on: true });
  await bob("react", { room, seq: second, emoji: "👍", on: true });
  await alice("react", { room, seq: third, emoji: "🎉", on: true });
  await alice("react", { room, seq: third, emoji: "🎉", on: false });
  await bob("react", { room, seq: first, emoji: "👍", on: true });
  await alice("edit", { room, seq: first, text: `${text}, edited` });
  const reply = await say(alice, { room, thread: second }, text);
  // As the table's stream would bring it.
  await announceChanges([{ room, event: { seq: reply } }], here.ports);
  const gone = await say(alice, { room }, text);
  await alice("delete", { room, seq: gone });
  await alice("report", { room, seq: third, reason: secret });
  await carol("report", { room, seq: first });

  await say(alice, { room: led }, text);
  await alice("pin", { room: led, seq: await say(bob, { room: led }), on: true });
  await alice("mute", { room: led, user: "carol", forMs: 60_000 });
  await say(alice, { room: "old-times" }, text);
  await alice("leave", { room: "old-times" });
  await say(alice, { to: "bob" }, text);
  await say(bob, { to: "alice" });
  await alice("block", { user: "mallory", on: true });
  const rooms = ["dm:alice:bob", "dm:alice:mallory", "general", "old-times", led].sort();
  return { here, asks, led, rooms };
}

export async function logIn({ here }: Town, room: string): Promise<LogEvent[]> {
  return here.ports.log.list(room, { limit: 500, order: "oldest first" });
}

/** Every item of both tables, as JSON. */
export async function everyItem(tables: Tables): Promise<string[]> {
  const items: string[] = [];
  for (const { client, name } of [tables.rooms, tables.connections]) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: name })) {
      items.push(...Items.map((item) => JSON.stringify(item)));
    }
  }
  return items;
}
