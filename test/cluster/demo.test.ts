/**
 * The demo with few people, as a person would run it: one whose promises all hold, and one beside
 * it whose database loses a message that was acked.
 */
import { DeleteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, expect, it } from "vitest";
import { hall } from "../../local/cluster/demo/story.ts";
import { defaultTablePrefix, localClient } from "../../local/emulator/database/tables.ts";
import { freePorts, killAll, startProgram } from "../local/processes.ts";

/** Only bounds a hang: on a machine that has much else to do it takes minutes. */
const timeout = 600_000;

afterAll(killAll);

async function startDemo(seed: number, gateways: number) {
  const port = await freePorts(gateways + 1);
  const few = ["--users", "8", "--messages", "5", "--pause", "1000"];
  const started = startProgram("local/cluster/main.ts", {
    args: [
      ...["--demo", "--gateways", String(gateways), "--port", String(port)],
      ...["--seed", String(seed), ...few],
    ],
  });
  return { ...started, databaseUrl: `http://127.0.0.1:${port + 3}` };
}

const linesOf = (output: string) => output.trimEnd().split("\n");

it.concurrent("ends with all promises held", { timeout }, async () => {
  const { exit } = await startDemo(1, 3);
  const { code, output, errors } = await exit;
  const lines = linesOf(output);
  expect(errors).toBe("");
  expect(lines.filter((line) => /^ ?\d+ .* held /.test(line))).toHaveLength(11);
  expect(lines.at(-1)).toBe("11 promises held");
  expect(code).toBe(0);
  expect(output).toMatch(
    /g\d was killed with \d devices[\s\S]*g4 has \d of 8 users[\s\S]*g\d is empty/,
  );
});

it.concurrent("ends with 1, and says why, when a message is lost", { timeout }, async () => {
  const { exit, child, output, databaseUrl } = await startDemo(2, 2);
  await new Promise<void>((resolve) => {
    child.stdout.on("data", () => output().includes("hears everybody") && resolve());
    child.once("exit", () => resolve());
  });
  await loseFirst(hall, databaseUrl);
  const ended = await exit;
  expect(ended.errors).toBe("");
  expect(linesOf(ended.output).at(-1)).toMatch(/^promises broken: 1\b/);
  expect(ended.output).toMatch(/^promise 1: .* but it is not in the log$/m);
  expect(ended.code).toBe(1);
});

async function loseFirst(room: string, databaseUrl: string): Promise<void> {
  const client = localClient(databaseUrl);
  const TableName = `${defaultTablePrefix}rooms`;
  const query = new QueryCommand({
    TableName,
    KeyConditionExpression: "pk = :log AND sk < :letters",
    ExpressionAttributeValues: { ":log": { S: `LOG#${room}` }, ":letters": { S: ":" } },
    Limit: 1,
  });
  const { pk, sk } = (await client.send(query)).Items?.[0] ?? {};
  if (!pk || !sk) throw new Error(`${room} has no message`);
  await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  client.destroy();
}
