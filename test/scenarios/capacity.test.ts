/**
 * Two gateways that take few connections, and their users, who go where GET /gateway sends them.
 * The story is told in docs/scenarios.md under the same title. One instance is asked, by one user
 * after the other: several do not know of each other's answers, and may for a second send a user
 * too many.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { type Client, connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { call, refused } from "../support/http.ts";
import { type Gateways, startGateways } from "./gateways.ts";

let gateways: Gateways<"ten" | "fifteen">;

beforeAll(async () => {
  gateways = await startGateways("ten", "fifteen");
  await gateways.list({ ten: { capacity: 10 }, fifteen: { capacity: 15 } });
});

afterAll(() => gateways.end());

type Place = "ten" | "fifteen";

/** Where a user is sent, if anywhere. */
async function placeOf(user: string, failed?: Place): Promise<Place | "nowhere"> {
  const query = failed === undefined ? {} : { query: `failed=${failed}` };
  const request = { as: user, at: gateways.named.fifteen, ...query };
  const answer = await call("GET /gateway", request).catch(() => undefined);
  return (answer?.body.gateway as Place | undefined) ?? "nowhere";
}

/** Connect where one was sent, and join a room in which all of them are. */
async function take(user: string, place: Place, room: string): Promise<Client> {
  const client = await connect(user, { at: gateways.named[place] });
  await client.request("joined", { action: "join", room });
  return client;
}

async function expectNoRoom() {
  const newcomer = { as: fresh("user"), at: gateways.named.fifteen };
  const { code, retryAfterMs, headers } = await refused("GET /gateway", newcomer);
  expect({ code, retryAfterMs }).toEqual({
    code: "unavailable",
    retryAfterMs: limits.gatewaysFullMs,
  });
  expect(headers.get("retry-after")).toBe(String(limits.gatewaysFullMs / 1_000));
}

it("nodes of 10 and 15 connections take 25 users, and no more", async () => {
  const room = fresh("room");
  const on: Record<Place, Client[]> = { ten: [], fifteen: [] };
  for (let count = 1; count <= 25; count += 1) {
    const user = fresh("user");
    const place = await placeOf(user);
    if (place === "nowhere") throw new Error(`there was no place for user ${count}`);
    on[place].push(await take(user, place, room));
  }
  expect([on.ten.length, on.fifteen.length]).toEqual([10, 15]);
  await expectNoRoom();

  // One leaves: as soon as the gateway is counted again, there is a place.
  await on.ten.pop()?.close();
  const late = fresh("user");
  await expect.poll(() => placeOf(late), { interval: 250 }).toBe("ten");
  on.ten.push(await take(late, "ten", room));
  await expectNoRoom();

  // Killed, the gateway has nobody, but nobody has told the table so. It is full until those who
  // were there are found out: started again, it answers that it does not know them.
  await gateways.named.ten.kill();
  const lost = on.ten.splice(0).map(({ user }) => user);
  expect(await placeOf(lost[0] ?? "", "ten")).toBe("nowhere");
  await gateways.named.ten.start();
  let turn = 0;
  for (const user of lost) {
    const talkAndAsk = async () => {
      const { user: as = "" } = on.fifteen[turn % on.fifteen.length] ?? {};
      turn += 1;
      const message = { as, room, body: { text: "who is here?" }, at: gateways.named.fifteen };
      await call("POST /rooms/{room}/messages", message);
      return placeOf(user, "ten");
    };
    await expect.poll(talkAndAsk, { interval: 1_000 }).toBe("ten");
    on.ten.push(await take(user, "ten", room));
  }
  await expectNoRoom();
  expect(await gateways.manage("list")).toMatch(
    /^fifteen {2}open .* 15 of 15 connections .*\nten {2}open .* 10 of 10 connections /,
  );
});
