/** The demo with few people, as a person would run it. */
import { afterAll, expect, it, onTestFailed } from "vitest";
import { freePorts, killAll, startProgram } from "../local/processes.ts";

/** Only bounds a hang: on a machine that has much else to do it takes minutes. */
const timeout = 600_000;

afterAll(killAll);

it("ends with all promises held", { timeout }, async () => {
  const port = await freePorts(4);
  const few = ["--users", "8", "--messages", "5", "--pause", "1000", "--seed", "1"];
  const args = ["--demo", "--gateways", "3", "--port", String(port), ...few];
  const demo = startProgram("local/cluster/main.ts", { args });
  // Where it hangs, nothing else says how far it came.
  onTestFailed(() => console.error(`the demo said:\n${demo.output()}\n${demo.errors()}`));
  const { code, output, errors } = await demo.exit;
  const lines = output.trimEnd().split("\n");
  expect(errors).toBe("");
  expect(lines.filter((line) => /^ ?\d+ .* held /.test(line))).toHaveLength(16);
  expect(lines.at(-1)).toBe("16 promises held");
  expect(code).toBe(0);
  expect(output).toMatch(
    /g\d was killed with \d devices[\s\S]*g4 has \d of 8 users[\s\S]*g\d is empty/,
  );
});
