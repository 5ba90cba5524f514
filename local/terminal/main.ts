/**
 * The chat in a terminal, beside `npm start`:
 *
 *     npm run chat -- --as alice [room] [--url ws://localhost:3001]
 */
import { WebSocket } from "ws";
import { ChatError, createChat } from "../../client/index.ts";
import { userName } from "../../lib/protocol/names.ts";
import { parse } from "../../lib/protocol/parse.ts";
import { parseCommandLine, runCommand } from "../commandLine.ts";
import { startError } from "../startError.ts";
import { developmentToken } from "../tokens.ts";
import { Conversation } from "./conversation.ts";
import { openScreen } from "./screen.ts";

const operation = "chat";
const usage = `Usage: npm run chat -- --as USER [options] [room]

  room       the room to show first (default: general)
  --as USER  who to be; with the development secret anybody can be anybody
  --url URL  the service's WebSocket API (default: ws://localhost:3001, as npm start has it)`;

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      as: { type: "string", default: "" },
      url: { type: "string", default: "ws://localhost:3001" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const [room = "general", ...others] = positionals;
  if (others.length > 0) throw startError("name one room", operation);
  const user = parse(userName, values.as);
  if (!user.ok) throw startError(`name yourself, such as --as alice; ${user.reason}`, operation);
  await chatAs(values.as, values.url, room);
});

async function chatAs(user: string, url: string, name: string): Promise<void> {
  const chat = createChat({
    ...{ url, token: () => developmentToken(user) },
    WebSocket,
  });
  /** What was written, in order: a line waits for what the one before it opened. */
  let written: Promise<unknown> = Promise.resolve();
  const underWay = new Set<Promise<void>>();
  const screen = openScreen(process, {
    line(text) {
      written = written.then(() => {
        const done = conversation.line(text);
        underWay.add(done);
        // Sending does not keep the next line waiting.
        return text.startsWith("/") ? done : undefined;
      });
    },
    typing: (isWriting) => conversation.typing(isWriting),
    end() {
      clearInterval(clock);
      // What came through a pipe is sent before the end.
      const sent = process.stdin.isTTY ? undefined : written.then(() => Promise.all(underWay));
      void Promise.resolve(sent).then(() => chat.close());
    },
  });
  const conversation = new Conversation(chat, screen);
  const show = () => screen.status(conversation.status());
  const clock = setInterval(show, 1000); // counts down to the next try
  chat.subscribe(show);
  written = start().catch((error: Error) => {
    if (error instanceof ChatError && error.code === "closed") return;
    screen.print(`* ${error.message}`);
    screen.close();
    process.exitCode = 1;
  });

  async function start(): Promise<void> {
    await chat.connect();
    await conversation.open(name);
  }
}
