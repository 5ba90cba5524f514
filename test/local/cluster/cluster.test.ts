/**
 * `npm run cluster` as its operator meets it: one cluster of two gateways for most of the file,
 * which grows, loses one, and ends. What there is only one of is asked of it in this order.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dynamoMessageLog } from "../../../lib/adapters/dynamodb/messageLog.ts";
import { defaultTablePrefix, localClient } from "../../../local/emulator/database/tables.ts";
import { checkPortsAreFree } from "../../../local/listeners.ts";
import { connect } from "../../support/client.ts";
import { fresh } from "../../support/endpoints.ts";
import { call } from "../../support/http.ts";
import { freePorts, killAll, startProgram, untilNothingListens } from "../processes.ts";
import { type RunningCluster, startCluster } from "./running.ts";

const inUse = "is in use; choose others with --port\n";

let cluster: RunningCluster;

beforeAll(async () => {
  cluster = await startCluster(3, ["--gateways", "2", "--verbose"]);
});
afterAll(killAll);

/** Two users in one room, each on a gateway; the first has greeted the other. */
async function greet(one: number, other: number, room = fresh("room")) {
  const alice = await connect(fresh("alice"), { at: cluster.at(one) });
  const bob = await connect(fresh("bob"), { at: cluster.at(other) });
  for (const each of [alice, bob]) await each.request("joined", { action: "join", room });
  await alice.request("ack", { action: "send", room, text: "hi" });
  await bob.next("events", ({ events }) => events[0]?.text === "hi");
  return { room, alice, bob };
}

async function talk(one: number, other: number) {
  const { room, alice, bob } = await greet(one, other);
  await bob.request("ack", { action: "send", room, text: "hello" });
  await alice.next("events", ({ events }) => events[0]?.text === "hello");
  return { room, alice, bob };
}

async function gatewayOf(user: string, number: number): Promise<string> {
  const { body } = await call("GET /gateway", { as: user, at: cluster.at(number) });
  return body.gateway;
}

describe("a cluster", () => {
  it("says when it is ready, and how to join on each gateway", () => {
    const lines = cluster.output().split("\n");
    const [one, two] = [cluster.at(1).websocketUrl, cluster.at(2).websocketUrl];
    expect(lines[0]).toBe(`ready ${one} ${two}`);
    for (const url of [one, two]) {
      const wscat = new RegExp(`^ {2}npx wscat -c "${url}\\?token=[\\w.-]+"$`);
      expect(lines.filter((line) => wscat.test(line))).toHaveLength(1);
    }
  });

  it("lets users on two gateways talk, and counts their frames (promise 11)", async () => {
    const counted = cluster.says(/^g1 +open +1 +[1-9]\d* +[1-9]\d* +0 .*\ng2 +open +1 +[1-9]/m);
    await talk(1, 2);
    await counted;
  });

  it("delivers the stream of a large room once, to members on any gateway", async () => {
    const room = fresh("room");
    const client = localClient(cluster.at(1).databaseUrl);
    const log = dynamoMessageLog({ client, name: `${defaultTablePrefix}rooms` });
    await log.setDelivery(room, "stream");
    client.destroy();
    const fannedOut = cluster.says(/: fanOut \(/);
    await greet(1, 2, room); // it is small, so that later messages need no stream
    await fannedOut;
    await talk(1, 2);
    expect(cluster.output().match(/: fanOut \(/g)).toHaveLength(1);
  });

  it("gives users to a gateway that is added", async () => {
    const added = cluster.says(/^g3 takes its share of users, at ws:/m);
    cluster.type("add");
    await added;
    const users = Array.from({ length: 12 }, () => fresh("user"));
    const chosen = await Promise.all(users.map((user) => gatewayOf(user, 1)));
    expect(new Set(chosen)).toEqual(new Set(["g1", "g2", "g3"]));
    await talk(1, 3);
  });

  it("shows that a gateway was killed, while the others go on (promise 8)", async () => {
    const { room, alice } = await talk(1, 2);
    const carol = await connect(fresh("carol"), { at: cluster.at(3) });
    await carol.request("joined", { action: "join", room });
    const down = cluster.says(/^g2 is down \(SIGKILL\)$[\s\S]*^g2 +down +0 /m);
    cluster.type("kill g2");
    await down;
    await alice.request("ack", { action: "send", room, text: "still here" });
    await carol.next("events", ({ events }) => events[0]?.text === "still here");
  });

  it("reports the result of draining a gateway, and a command it does not know", async () => {
    const emptied = cluster.says(/^g3 is empty, 1 told, 0 gone, 0 not reached$/m);
    const user = await connect(fresh("user"), { at: cluster.at(3) });
    cluster.type("drain g3");
    await user.next("disconnect");
    await emptied;
    expect(await gatewayOf(fresh("user"), 1)).not.toBe("g3");
    const refused = cluster.says(/^unable to kill g9; there is no such gateway$/m);
    cluster.type("kill g9");
    await refused;
  });

  it("leaves nothing behind on kill -9", async () => {
    cluster.kill("SIGKILL");
    expect(await cluster.exit).toMatchObject({ signal: "SIGKILL" });
    await untilNothingListens(cluster.port, 3);
  });

  it("ends everything at once on SIGINT", async () => {
    const another = await startCluster(1, ["--gateways", "1"]);
    another.kill("SIGINT");
    expect(await another.exit).toMatchObject({ code: 0, errors: "" });
    await checkPortsAreFree({ http: another.port, dynamodb: another.port + 3 });
  });

  it.each([
    ["to try", []],
    ["for a demo", ["--demo"]],
  ])("says in one line that a port is in use, %s", async (_, demo) => {
    const port = await freePorts(2);
    const server = createServer().listen(port + 5, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { exit } = startProgram("local/cluster/main.ts", {
      args: ["--port", String(port), ...demo],
    });
    expect(await exit).toMatchObject({
      code: 1,
      output: "",
      errors: `unable to start; port ${port + 5} (websocket) ${inUse}`,
    });
  });
});
