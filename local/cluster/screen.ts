/**
 * A table below a log of events. On a terminal the table is drawn in place, with the command line
 * under it. Elsewhere it is printed again when it has changed, at most every five seconds.
 */
import type { Interface } from "node:readline";

export interface Screen {
  /** Adds a line to the log, above the table. */
  say(line: string): void;
  /** Show the table as it is now. */
  show(table: readonly string[]): void;
  /** A command was entered. */
  entered(): void;
  /** Shows the table a last time. */
  end(): void;
}

const printMs = 5_000;

/** `prompt` is the command line, on a terminal. */
export function createScreen(prompt?: Interface): Screen {
  const { stdout } = process;
  const isTerminal = stdout.isTTY;
  let table: readonly string[] = [];
  /** Lines between the top of the table and the cursor. */
  let drawn = 0;
  let printed = "";
  let printedAtMs = 0;

  function draw(above: readonly string[] = []): void {
    const up = drawn > 0 ? `\x1b[${drawn}A` : "";
    const lines = [...above, ...(table.length > 0 ? ["", ...table, ""] : [])];
    stdout.write(`${up}\r\x1b[J${lines.map((line) => `${line}\n`).join("")}`);
    drawn = lines.length - above.length;
    prompt?.prompt(true);
  }

  function print(isLast: boolean): void {
    const text = table.join("\n");
    const isDue = isLast || performance.now() - printedAtMs > printMs;
    if (text === printed || text === "" || !isDue) return;
    printed = text;
    printedAtMs = performance.now();
    console.log(text);
  }

  return {
    say(line) {
      if (isTerminal) draw([line]);
      else console.log(line);
    },
    show(latest) {
      const isNew = latest.join("\n") !== table.join("\n");
      table = latest;
      if (!isTerminal) print(false);
      else if (isNew) draw();
    },
    entered() {
      drawn += 1;
    },
    end() {
      if (!isTerminal) print(true);
      prompt?.close();
    },
  };
}
