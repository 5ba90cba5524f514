/**
 * Deleted is gone (promise 13): after `deleted` every raw item of both tables is read for the text,
 * with all that was told to the operator, what waits in the queue of the stream's functions, and
 * all that is sent from then on.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import { deadLetters } from "../../local/emulator/streams/deadLetters.ts";
import { eventSources } from "../../local/emulator/streams/eventSource.ts";
import { startMappings } from "../../local/emulator/streams/eventSourceMapping.ts";
import { inbox } from "../support/inbox.ts";
import { ask, type Fields } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";
import { describeStores, type Stores } from "./stores.ts";

describeStores("a message that was deleted", (stores) => {
  it("is in no item, no line of the operator's and no frame (promise 13)", async () => {
    const { log, rooms, memberships, connections, subscriptions } = stores();
    const here = world();
    Object.assign(here.ports, { log, rooms, memberships, connections, subscriptions });
    const room = `room-${randomUUID()}`;
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    for (const one of [alice, bob]) await ask(here, one, "join", { room });
    const asked = (action: "send" | "edit" | "delete", fields: Fields, by = alice) =>
      ask(here, by, action, { room, ...fields });
    const sent = { text: "open sesame", cid: "c-1", data: { also: "sesame" } };
    const { seq } = await asked("send", sent);
    await asked("send", { text: "what?", replyTo: seq }, bob);
    for (const text of ["sesame, please", "sesame!"]) await asked("edit", { seq, text });
    expect(await asked("edit", { seq, text: "sesame", v: 1 })).toMatchObject({ code: "conflict" });
    if (stores().tables) expect(await everythingIn(stores())).toContain("sesame");

    expect(await asked("delete", { seq })).toMatchObject({ type: "deleted" });
    expect(await everythingIn(stores())).not.toContain("sesame");
    const [deleted] = here.received(bob).slice(-1);
    const answers = [
      deleted,
      await asked("send", sent),
      await asked("edit", { seq, text: "late" }),
      await asked("delete", { seq }),
      await ask(here, bob, "history", { room }),
      await ask(here, bob, "history", { room, after: 0 }),
      await ask(here, bob, "history", { room, around: seq }),
      await ask(here, bob, "sync", { rooms: { [room]: 0 } }),
      await ask(here, bob, "events", { room, seqs: [seq] }),
      here.received(bob),
    ];
    expect(JSON.stringify(answers)).toContain("deleted");
    expect(JSON.stringify([answers, here.reports])).not.toContain("sesame");
    expect(await everythingIn(stores())).not.toContain("sesame");
  });

  it("is in no letter to the queue of what the stream's functions gave up (13)", async () => {
    const { tables, log, rooms, memberships } = stores();
    if (tables === undefined) return; // a store in memory has no stream
    const here = world();
    Object.assign(here.ports, { log, rooms, memberships });
    const room = `room-${randomUUID()}`;
    const alice = await here.as("alice");
    await ask(here, alice, "join", { room });
    await log.setDelivery(room, "stream");
    const queue = await queueOfFailures(tables);
    const { seq } = await ask(here, alice, "send", { room, text: "open sesame", cid: "c-1" });
    await ask(here, alice, "edit", { room, seq, text: "sesame!" });
    for (const name of ["fanOut", "announce"]) await queue.gaveUp(name);
    expect(await ask(here, alice, "delete", { room, seq })).toMatchObject({ type: "deleted" });
    expect(queue.letters()).toMatch(/fanOut.*announce/s);
    expect(queue.letters()).not.toContain("sesame");
  });
});

/** The stream of the rooms with the functions of serverless.yml, all of which fail at once. */
async function queueOfFailures({ rooms }: NonNullable<Stores["tables"]>) {
  const file = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8");
  const { functions } = parse(file, { logLevel: "error" });
  const lines: string[] = [];
  const letters = deadLetters((line) => lines.push(line));
  const givenUp = inbox<string>();
  const mappings = await startMappings(
    eventSources(Object.entries(functions)).map((source) => ({
      ...source,
      maximumRetryAttempts: 0,
    })),
    {
      endpoint: await endpointOf(rooms),
      tables: { Rooms: rooms.name },
      invoke: async () => ({ failed: { name: "Error", message: "on purpose" } }),
      onGivenUp(functionName, what) {
        letters.add(functionName, what);
        givenUp.put(functionName);
      },
      onEnded: (_, error) => givenUp.end(error),
    },
  );
  onTestFinished(() => mappings.stop());
  return {
    gaveUp: (name: string) =>
      givenUp.next(`what ${name} gave up`, (one): one is string => one === name),
    letters: () => JSON.stringify([letters.all, lines]),
  };
}

async function endpointOf({ client }: Pick<Table, "client">): Promise<string> {
  const { protocol, hostname, port } = (await client.config.endpoint?.()) ?? {};
  return `${protocol}//${hostname}:${port}`;
}

/** Every raw item of both tables, by a client that nobody looks at; none in memory. */
async function everythingIn({ tables }: Stores): Promise<string> {
  const found = Object.values(tables ?? {}).map(async ({ client, name }) => {
    const { credentials, region } = client.config;
    const endpoint = await endpointOf({ client });
    const scanning = new DynamoDBClient({ credentials, region, endpoint });
    const { Items } = await scanning.send(new ScanCommand({ TableName: name }));
    scanning.destroy();
    return Items;
  });
  return JSON.stringify(await Promise.all(found));
}
