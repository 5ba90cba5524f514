/**
 * `npm run cluster`: the operator sees a table of the cluster and types commands. It ends at `quit`
 * and at a signal; a second signal does not wait. Commands may also come from a pipe, whose end
 * means nothing.
 */
import { createInterface } from "node:readline";
import { endWithNpm } from "../endWithNpm.ts";
import { StartError, startError } from "../startError.ts";
import { developmentToken } from "../tokens.ts";
import { type Cluster, type ClusterOptions, startCluster } from "./cluster.ts";
import { createScreen, type Screen } from "./screen.ts";
import { keepShowing } from "./table.ts";

const tokenTtlSeconds = 24 * 3600;
const users = ["alice", "bob", "carol", "dave", "erin", "frank"];

/** Ends the process. @throws StartError when it cannot start */
export async function operate(options: Omit<ClusterOptions, "say">): Promise<void> {
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY && stdout.isTTY;
  const input = createInterface({
    input: stdin,
    ...(isTerminal && { output: stdout, prompt: "> " }),
  });
  const screen = createScreen(isTerminal ? input : undefined);
  const starting = startCluster({ ...options, say: screen.say });
  let isEnding = false;
  let endShowing = async () => {};
  const end = async () => {
    if (isEnding) process.exit(1);
    isEnding = true;
    const cluster = await starting;
    await endShowing();
    screen.end();
    await cluster.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // A terminal in this mode turns Ctrl-C into an event, not a signal.
  input.on("SIGINT", end);
  endWithNpm(end);

  const cluster = await starting.catch((error) => {
    input.close(); // or it would keep the process
    throw error;
  });
  screen.say((await greeting(cluster, options.port)).join("\n"));
  let lastLine = Promise.resolve();
  input.on("line", (line) => {
    screen.entered();
    const words = line.trim().split(/\s+/);
    // One command after the other, in order.
    lastLine = lastLine.then(async () => {
      if (words[0] === "quit") await end();
      else if (words[0] !== "") await obey(words, cluster, screen);
    });
  });
  if (!isEnding) endShowing = keepShowing(cluster, screen);
}

async function obey(words: string[], cluster: Cluster, { say }: Screen): Promise<void> {
  const [command, name, ...others] = words;
  const isAlone = name === undefined;
  try {
    if (command === "add" && isAlone) {
      say("starting another gateway");
      const { name: added, websocketUrl } = await cluster.add();
      say(`${added} takes its share of users, at ${websocketUrl}`);
    } else if (command === "kill" && !isAlone && others.length === 0) cluster.kill(name);
    else if (command === "drain" && !isAlone && others.length === 0) {
      say(`sending the users of ${name} elsewhere`);
      say(await cluster.drain(name));
    } else throw startError("type add, kill NAME, drain NAME or quit", words.join(" "));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    say(error.message);
  }
}

async function greeting({ gateways }: Cluster, port: number): Promise<string[]> {
  const wscat = gateways.map(async ({ name, websocketUrl }, index) => {
    const user = users[index] ?? `user${index + 1}`;
    const token = await developmentToken(user, { ttlSeconds: tokenTtlSeconds });
    return [`${user}, on ${name}:`, `  npx wscat -c "${websocketUrl}?token=${token}"`];
  });
  const [first] = gateways;
  const token = `$(npm run -s token -- zoe)`;
  const withPort = port === 3000 ? "" : ` --port ${port}`;
  return [
    `ready ${gateways.map(({ websocketUrl }) => websocketUrl).join(" ")}`,
    "",
    "Users, each for a terminal of its own:",
    ...(await Promise.all(wscat)).flat(),
    "",
    "Which gateway the service chooses for a user:",
    `  curl -H "authorization: Bearer ${token}" ${first?.httpUrl}/gateway`,
    "",
    "Frames to try:",
    `  {"action":"join","room":"general"}`,
    `  {"action":"send","room":"general","text":"hello"}`,
    "",
    `Type add, kill NAME, drain NAME or quit; npm run gateways -- list${withPort} works too.`,
  ];
}
