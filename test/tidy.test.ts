/**
 * Holds the import rule and the limits over the whole tree.
 *
 * A rule that cannot fail holds nothing, so each one is also shown snippets that break it, and the
 * near misses that it must let pass.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { blank, rules, type SourceFile } from "./support/tidyRules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const tree = sourceFiles("");
const byPromise = rules.map((rule) => [rule.promise, rule] as const);

describe("the tree", () => {
  it("is being read", () => {
    const paths = tree.map((file) => file.path);
    expect(paths).toContain("lib/ports.ts");
    expect(paths).toContain("handlers/send.ts");
    expect(paths).toContain("test/tidy.test.ts");
  });

  it.each(byPromise)("holds: %s", (promise, { check }) => {
    expect(check(tree).map((finding) => `${finding} (rule: ${promise})`)).toEqual([]);
  });
});

/** By rule: files that break it and where, and files that do not. */
const examples: Record<string, { bad: [path: string, text: string, at: string][]; good: Good[] }> =
  {
    "imports point inward": {
      bad: [
        ["lib/protocol/a.ts", 'import { b } from "../model.ts";', "lib/protocol/a.ts:1"],
        ["lib/protocol/a.ts", 'import { sign } from "jose";', "lib/protocol/a.ts:1"],
        ["lib/identity/a.ts", '/** Why. */\nimport { z } from "zod";', "lib/identity/a.ts:2"],
        ["lib/identity/a.ts", 'import { randomUUID } from "node:crypto";', "lib/identity/a.ts:1"],
        ["lib/identity/a.ts", 'import type { Log } from "../listeners.ts";', "lib/identity/a.ts:1"],
        ["lib/adapters/x/a.ts", 'import "../../actions/x/append.ts";', "lib/adapters/x/a.ts:1"],
        ["lib/ports.ts", 'import { publish } from "./pubsub/publish.ts";', "lib/ports.ts:1"],
        ["lib/pubsub/a.ts", 'import { a } from "../actions/x/a.ts";', "lib/pubsub/a.ts:1"],
        [
          "lib/actions/x/append.ts",
          'import {\n  b,\n} from "./b.ts";',
          "lib/actions/x/append.ts:3",
        ],
        ["lib/actions/a.ts", 'import { x } from "../adapters/memory/x.ts";', "lib/actions/a.ts:1"],
        ["lib/actions/a.ts", 'const z = await import("zod");', "lib/actions/a.ts:1"],
        ["lib/adapters/x/a.ts", 'export { b } from "../y/b.ts";', "lib/adapters/x/a.ts:1"],
        ["lib/adapters/x/a.ts", 'import "../../pubsub/b.ts";', "lib/adapters/x/a.ts:1"],
        ["lib/runtime.ts", 'import { z } from "zod";', "lib/runtime.ts:1"],
        ["handlers/a.ts", 'import { x } from "../lib/adapters/x/a.ts";', "handlers/a.ts:1"],
        ["handlers/a.ts", 'import { b } from "./b.ts";', "handlers/a.ts:1"],
        ["lib/other.ts", "", "lib/other.ts:1"],
        ["client/a.ts", 'import { limits } from "../lib/protocol/limits.ts";', "client/a.ts:1"],
        ["client/a.ts", 'import type { A } from "../lib/protocol/a.ts";', "client/a.ts:1"],
        ["client/a.ts", 'import { WebSocket } from "ws";', "client/a.ts:1"],
        ["local/emulator/a.ts", 'import { a } from "../../lib/a.ts";', "local/emulator/a.ts:1"],
        ["local/emulator/a.ts", 'import { a } from "../tokens.ts";', "local/emulator/a.ts:1"],
        ["local/startError.ts", 'import { a } from "../lib/a.ts";', "local/startError.ts:1"],
      ],
      good: [
        ["lib/protocol/a.ts", 'import { z } from "zod";\nimport { b } from "./b.ts";'],
        ["lib/identity/a.ts", '// import { z } from "zod";\nimport { b } from "../protocol/b.ts";'],
        ["lib/actions/a.ts", 'import { publish } from "../pubsub/publish.ts";'],
        ["lib/adapters/x/a.ts", 'import { c } from "@aws-sdk/client";\nimport b from "./b.ts";'],
        ["lib/runtime.ts", 'import { x } from "./adapters/x/x.ts";'],
        ["handlers/a.ts", 'import { a } from "../lib/actions/a.ts";\nimport "./boundary.ts";'],
        ["handlers/a.ts", 'import type { Context } from "aws-lambda";'],
        ["client/a.ts", 'import type { A } from "./protocol.ts";\nimport "./b.ts";'],
        ["local/emulator/a.ts", 'import "../startError.ts";\nimport "ws";\nimport "./b.ts";'],
        ["test/a.ts", 'import { x } from "../lib/adapters/x/x.ts";'],
      ],
    },
    "process.env is read only in lib/runtime.ts and what replaces the SDK": {
      bad: [
        ["lib/actions/a.ts", "\nprocess.env.TABLE;", "lib/actions/a.ts:2"],
        ["handlers/a.ts", 'process["env"];', "handlers/a.ts:1"],
        ["lib/adapters/x/a.ts", 'import { env } from "node:process";', "lib/adapters/x/a.ts:1"],
      ],
      good: [
        ["lib/runtime.ts", "process.env.TABLE;"],
        ["lib/adapters/aws/lean/a.ts", "process.env.AWS_REGION;"],
        ["lib/actions/a.ts", "// process.env is runtime's"],
        ["local/a.ts", "process.env.TABLE;"],
      ],
    },
    "clock, randomness and crypto are only in adapters and lib/runtime.ts": {
      bad: [
        ["lib/actions/a.ts", "const nowMs = Date.now();", "lib/actions/a.ts:1"],
        ["lib/identity/a.ts", "\n\nnew Date();", "lib/identity/a.ts:3"],
        ["lib/pubsub/a.ts", `const wait = \`\${Math.random()} ms\`;`, "lib/pubsub/a.ts:1"],
        ["handlers/a.ts", "crypto.randomUUID();", "handlers/a.ts:1"],
      ],
      good: [
        ["lib/identity/a.ts", "new Date(sentAtMs); // not Date.now()"],
        ["lib/adapters/x/clock.ts", "Date.now();"],
        ["lib/runtime.ts", "Date.now();"],
      ],
    },
    "what decides is synchronous": {
      bad: [
        ["lib/identity/a.ts", "export async function a() {}", "lib/identity/a.ts:1"],
        ["lib/protocol/a.ts", "type A = Promise<void>;", "lib/protocol/a.ts:1"],
      ],
      good: [
        ["lib/identity/a.ts", "// await nothing here\nconst said = 'await';"],
        ["lib/actions/a.ts", "await x;"],
      ],
    },
    "no table is ever scanned, but by the sweep": {
      bad: [
        ["lib/adapters/x/a.ts", 'import { ScanCommand } from "x";', "lib/adapters/x/a.ts:1"],
        ["lib/adapters/x/a.ts", "paginateScan(client);", "lib/adapters/x/a.ts:1"],
      ],
      good: [["lib/adapters/x/a.ts", "// A Scan would read every room.\nQueryCommand;"]],
    },
    "lib has no barrels": {
      bad: [
        ["lib/identity/index.ts", "", "lib/identity/index.ts:1"],
        ["lib/identity/a.ts", '\nexport * from "./b.ts";', "lib/identity/a.ts:2"],
      ],
      good: [["client/index.ts", 'export * from "./b.ts";']],
    },
    "in handlers only the boundary catches": {
      bad: [["handlers/a.ts", "try {\n} catch {}", "handlers/a.ts:1"]],
      good: [["handlers/boundary.ts", "try {\n} catch {}"]],
    },
    "lib writes to the console in one adapter at most": {
      bad: [["lib/actions/a.ts", "\nconsole.log(1);", "lib/actions/a.ts:2"]],
      good: [["lib/adapters/console/reporter.ts", "console.error(1);\nconsole.log(2);"]],
    },
    "a line has at most 100 characters": {
      bad: [["web/a.ts", `\n${"a".repeat(101)}\n`, "web/a.ts:2"]],
      good: [["web/a.ts", `${"a".repeat(100)}\n`]],
    },
    "no imports form a cycle": {
      bad: [["web/a.ts", '\nimport type { A } from "./a.ts";', "web/a.ts:2"]],
      good: [["web/a.ts", 'import { b } from "./b.ts";']],
    },
    "a file has at most 400 lines": {
      bad: [["web/a.ts", "a\n".repeat(401), "web/a.ts:401"]],
      good: [["web/a.ts", "a\n".repeat(400)]],
    },
    "a handler has at most 30 lines": {
      bad: [["handlers/a.ts", "a\n".repeat(31), "handlers/a.ts:31"]],
      good: [
        ["handlers/a.ts", "a\n".repeat(30)],
        ["handlers/boundary.ts", "a\n".repeat(31)],
      ],
    },
    "no file or folder is named utils, common, shared, types or helpers": {
      bad: [
        ["lib/utils/a.ts", "", "lib/utils/a.ts:1"],
        ["test/helpers.ts", "", "test/helpers.ts:1"],
      ],
      good: [["lib/identity/typesOfRoom.ts", ""]],
    },
    "no exported name says Impl, Manager, Helper, Util, Service or Base": {
      bad: [
        ["lib/a.ts", "\nexport class RoomManager {}", "lib/a.ts:2"],
        ["lib/a.ts", "export async function tokenHelper() {}", "lib/a.ts:1"],
        ["lib/a.ts", "const a = 1;\nexport { a as baseLog };", "lib/a.ts:2"],
      ],
      good: [["lib/a.ts", "export const database = 1;\nclass Manager {}"]],
    },
    "what is exported is used in another file": {
      bad: [["lib/a.ts", "\nexport const a = 1;\nconst b = a;", "lib/a.ts:2"]],
      good: [
        ["lib/a.ts", "const a = 1;"],
        ["lib/adapters/aws/lean/a.ts", "export const a = 1;"],
        ["test/simulation/cases/a.ts", "export const a = 1;"],
      ],
    },
    "no folder in lib holds a single file": {
      bad: [["lib/actions/publish.ts", "", "lib/actions/publish.ts:1"]],
      good: [["lib/adapters/x/a.ts", ""]],
    },
    "tests that share a process replace no module": {
      bad: [
        ["test/unit/a.test.ts", 'vi.mock("../../lib/a.ts");', "test/unit/a.test.ts:1"],
        ["test/client/a.test.ts", '\nvi.doMock("./a.ts");', "test/client/a.test.ts:2"],
      ],
      good: [["test/handlers/a.test.ts", 'vi.mock("../../lib/a.ts");']],
    },
  };
type Good = [path: string, text: string];

describe("a rule", () => {
  it("has an example that breaks it", () => {
    expect(Object.keys(examples).sort()).toEqual(rules.map((rule) => rule.promise).sort());
  });

  it.each(byPromise)("can fail: %s", (promise, { check }) => {
    for (const [path, text, at] of examples[promise]?.bad ?? []) {
      expect(check([{ path, text }]).map(place), `${path} | ${text}`).toContain(at);
    }
    for (const [path, text] of examples[promise]?.good ?? []) {
      expect(check([{ path, text }]), `${path} | ${text}`).toEqual([]);
    }
  });

  it("lets a second adapter write to the console no more than an action", () => {
    const consoles = rules.find((rule) => rule.promise.includes("console"));
    const files = ["lib/adapters/a/a.ts", "lib/adapters/b/b.ts"].map((path) => ({
      path,
      text: "console.log(1);",
    }));
    expect(consoles?.check(files).map(place)).toEqual(["lib/adapters/b/b.ts:1"]);
  });
});

describe("the scanner", () => {
  it("blanks comments, and strings when asked, and keeps every line where it is", () => {
    const text = `a; // b\n/* c\n*/ d('e', "f", /'g/, \`h \${i} j\`);`;
    expect(blank(text, false)).toBe(`a;     \n    \n   d('e', "f", /'g/, \`h \${i} j\`);`);
    expect(blank(text, true)).toBe(`a;     \n    \n   d(xxx, xxx, xxxx, xxx\${i}xxx);`);
  });
});

function place(finding: string): string {
  return finding.split(":").slice(0, 2).join(":");
}

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (/^\.|^(node_modules|coverage|data|dist(-.*)?)$/.test(entry.name)) return [];
    if (entry.isDirectory()) return sourceFiles(`${path}/`);
    return /\.(m?[jt]s|tsx)$/.test(path) ? [{ path, text: readFileSync(root + path, "utf8") }] : [];
  });
}
