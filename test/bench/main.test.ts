/** The command line of the benches; what they measure is tested where it is a promise. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("npm run bench", () => {
  it("lists the benches when none is named", async () => {
    const { code, stdout } = await bench();
    expect(code).toBe(0);
    for (const name of ["latency", "units", "size", "fanout", "trace", "report"])
      expect(stdout).toContain(`  ${name} `);
  });

  it.each([
    ["a bench that it does not know", ["speed"]],
    ["two benches at once", ["units", "size"]],
    ["an option that it does not know", ["units", "--fast"]],
    ["a file that it cannot write", ["units", "--json", `${root}no/such/folder/file.json`]],
  ])("refuses %s with one line", async (_, args) => {
    const { code, stdout, stderr } = await bench(...args);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^unable to run a bench; [^\n]+\n$/);
  });
});

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ["local/run.mjs", "bench/main.ts", ...args];
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}
