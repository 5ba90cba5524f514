/** The service on bundles that post with AWS's own client, as a deployment may choose. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { killAll } from "../local/processes.ts";
import { connect } from "../support/client.ts";
import { type Copy, fresh, startCopy } from "../support/endpoints.ts";
import { hears, member } from "../support/room.ts";

let at: Copy;
beforeAll(async () => {
  vi.stubEnv("POSTING_CLIENT", "sdk");
  at = await startCopy(["--gateway", "faithful"]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await killAll();
});

it("AWS's own client delivers acks, events and notices of a connection's end", async () => {
  const room = fresh("room");
  const [alice, bob] = [await member("alice", room, at), await member("bob", room, at)];
  const ack = await alice.request("ack", { action: "send", room, text: "Grüße", cid: "c-1" });
  expect(await hears(bob, "Grüße")).toMatchObject({ seq: ack.seq, from: alice.user });
  for (let more = 0; more < limits.connectionsPerUser; more += 1) await connect(bob.user, { at });
  expect(await bob.next("disconnect")).toMatchObject({ code: "too_many_connections" });
  await bob.closed;
});
