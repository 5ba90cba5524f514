/**
 * Deleted is gone (promise 13): after `deleted` every raw item of both tables is read for the text,
 * with all that was told to the operator, and all that is sent from then on.
 */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect, it } from "vitest";
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
});

/** Every raw item of both tables, by a client that nobody looks at; none in memory. */
async function everythingIn({ tables }: Stores): Promise<string> {
  const found = Object.values(tables ?? {}).map(async ({ client, name }) => {
    const { credentials, region } = client.config;
    const endpoint = (await client.config.endpoint?.()) ?? "";
    const scanning = new DynamoDBClient({ credentials, region, endpoint });
    const { Items } = await scanning.send(new ScanCommand({ TableName: name }));
    scanning.destroy();
    return Items;
  });
  return JSON.stringify(await Promise.all(found));
}
