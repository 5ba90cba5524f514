/**
 * Lines above a prompt that stays at the bottom, in a terminal; and plain lines where the output is
 * a pipe.
 */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  emitKeypressEvents,
  moveCursor,
} from "node:readline";

export interface Screen {
  /** Print lines above what is being written. */
  print(text: string): void;
  /** What stands before what is being written. */
  status(text: string): void;
  close(): void;
}

export interface Keys {
  line(text: string): void;
  /** Something is being written, or nothing any more. */
  typing(isWriting: boolean): void;
  /** Ctrl-C, Ctrl-D or the end of a pipe. */
  end(): void;
}

export function openScreen({ stdin, stdout }: NodeJS.Process, keys: Keys): Screen {
  const isTerminal = Boolean(stdin.isTTY && stdout.isTTY);
  const lines = createInterface({ input: stdin, output: stdout, terminal: isTerminal, prompt: "" });
  let isClosed = false;
  lines.on("line", (text) => {
    if (isTerminal) {
      // What was sent is printed when it is stored.
      const written = lines.getPrompt().length + text.length;
      erase(stdout, 1 + Math.floor(written / stdout.columns));
    }
    keys.line(text);
    if (isTerminal && !isClosed) lines.prompt();
  });
  lines.on("close", () => {
    isClosed = true;
    keys.end();
  });
  if (isTerminal) {
    emitKeypressEvents(stdin);
    stdin.on("keypress", () => setImmediate(() => keys.typing(lines.line !== "")));
  }
  return {
    print(text) {
      if (isTerminal) erase(stdout, lines.getCursorPos().rows);
      stdout.write(`${text}\n`);
      if (isTerminal && !isClosed) lines.prompt(true);
    },
    status(text) {
      const prompt = `${text}> `;
      if (!isTerminal || isClosed || prompt === lines.getPrompt()) return;
      lines.setPrompt(prompt);
      lines.prompt(true);
    },
    close: () => lines.close(),
  };
}

/** From so many rows above the cursor on. */
function erase(stdout: NodeJS.WriteStream, rows: number): void {
  moveCursor(stdout, 0, -rows);
  cursorTo(stdout, 0);
  clearScreenDown(stdout);
}
