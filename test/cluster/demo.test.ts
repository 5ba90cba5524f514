/** The demo with few people, as a person would run it. */
import { afterAll, expect, it } from "vitest";
import { freePorts, killAll, startProgram } from "../local/processes.ts";

/** Only bounds a hang: on a machine that has much else to do it takes many minutes. */
const demoMs = 1_800_000;
/** Then it still has to end. */
const timeout = demoMs + 60_000;
const saidLines = 20;

afterAll(killAll);

it("ends with all promises held", { timeout }, async () => {
  const port = await freePorts(4);
  const few = ["--users", "8", "--messages", "5", "--pause", "1000", "--seed", "1"];
  const args = ["--demo", "--gateways", "3", "--port", String(port), ...few];
  const demo = startProgram("local/cluster/main.ts", { args });
  const patience = setTimeout(() => demo.child.kill("SIGKILL"), demoMs);
  const { code, signal, output, errors } = await demo.exit;
  clearTimeout(patience);
  const lines = output.trimEnd().split("\n");
  // In the message itself: of a long log only the failures may be kept.
  const story = lines.filter(
    (line) => !/^(gateway|g\d+) +(state|starting|open|draining|down)\b/.test(line),
  );
  const last = `${story.slice(-saidLines).join("\n")}\n${errors}`;
  const said = `it ended with ${signal ?? code}, and said last:\n${last}\n`;
  expect(errors, said).toBe("");
  expect(lines.at(-1), said).toBe("16 promises held");
  expect(
    lines.filter((line) => /^ ?\d+ .* held /.test(line)),
    said,
  ).toHaveLength(16);
  expect(code, said).toBe(0);
  expect(output, said).toMatch(
    /g\d was killed with \d devices[\s\S]*g4 has \d of 8 users[\s\S]*g\d is empty/,
  );
});
