/**
 * wscat as a person uses it: in a terminal, a line pasted when it says that it is connected.
 *
 * The terminal is `script`'s, because wscat without one neither says when it is connected nor keeps
 * what is typed before. What it prints is read through the colours and the redrawn prompts.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { onTestFinished } from "vitest";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { inbox } from "./inbox.ts";
import { parseServerFrame } from "./serverFrame.ts";

interface Wscat {
  paste(line: string): void;
  /** The next frame of a type that it shows. */
  shows(type: ServerFrame["type"]): Promise<ServerFrame>;
}

/** Start wscat until the running test ends; resolves when it says that it is connected. */
export async function wscat(...args: string[]): Promise<Wscat> {
  const program = createRequire(import.meta.url).resolve("wscat/bin/wscat");
  const child = inTerminal([process.execPath, program, ...args]);
  // Not asked to end, which `script` would wait with: the terminal is gone, and wscat with it.
  onTestFinished(() => void child.kill("SIGKILL"));
  const { put, next, end } = inbox<string | ServerFrame>();
  child.once("exit", () => end(new Error("wscat ended")));

  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const plain = line.replace(controls, "").replace(/^(> )+/, "");
      put(plain.startsWith("< ") ? parseServerFrame(plain.slice(2), false) : plain);
    }
  });
  const isConnected = (item: unknown): item is string => /^Connected/.test(String(item));
  await next("wscat's word that it is connected", isConnected);
  return {
    paste: (line) => void child.stdin.write(`${line}\r`),
    shows: (type) =>
      next(type, (item): item is ServerFrame => typeof item === "object" && item.type === type),
  };
}

/** What moves the cursor, erases and colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /\u001b\[[0-9;]*[A-Za-z]|[\r\u0007]/g;

function inTerminal(command: string[]): ChildProcessWithoutNullStreams {
  if (process.platform === "darwin") return spawn("script", ["-q", "/dev/null", ...command]);
  const quoted = command.map((word) => `'${word}'`).join(" ");
  return spawn("script", ["-qfec", quoted, "/dev/null"]);
}
