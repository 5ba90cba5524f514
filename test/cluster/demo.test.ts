/** The demo with few people and two gateways, as a person would run it. */
import { afterAll, expect, it } from "vitest";
import { freePorts, killAll, startProgram } from "../local/processes.ts";

/** Only bounds a hang: on a machine that has much else to do it takes minutes. */
const timeout = 600_000;

afterAll(killAll);

it("ends with all promises held", { timeout }, async () => {
  const port = await freePorts(3);
  const few = ["--users", "8", "--messages", "5", "--pause", "200", "--seed", "1"];
  const args = ["--demo", "--gateways", "2", "--port", String(port), ...few];
  const { code, output, errors } = await startProgram("local/cluster/main.ts", { args }).exit;
  const lines = output.trimEnd().split("\n");
  expect(errors).toBe("");
  expect(lines.filter((line) => /^ ?\d+ .* held /.test(line))).toHaveLength(11);
  expect(lines.at(-1)).toBe("11 promises held");
  expect(code).toBe(0);
  expect(output).toMatch(
    /g\d was killed with \d devices[\s\S]*g3 has \d of 8 users[\s\S]*g\d is empty/,
  );
});
