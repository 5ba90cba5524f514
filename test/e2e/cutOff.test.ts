/** What a gateway itself does not take ends its connection, and no other. Others answer it. */
import { expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { gateway } from "../support/gatewayTraits.ts";

it.runIf(gateway.cutsAtLimits).each<[string, string | Buffer, number]>([
  ["in binary", Buffer.from('{"action":"ping"}'), 1003],
  ["of more than 128 KiB", '{"action":"ping"}'.padEnd(limits.messageBytes + 1), 1009],
])("a message %s ends its connection", async (_, message, code) => {
  const [client, other] = [await connect(fresh("alice")), await connect(fresh("bob"))];
  client.send(message);
  expect(await client.closed).toBe(code);
  await other.settled();
});
