/** The greeting: where the page is, a line for programs, then commands and frames to paste. */
import { hostsFor } from "./listeners.ts";
import type { DatabaseSettings, LocalSettings } from "./settings.ts";
import { developmentToken } from "./tokens.ts";

const tokenTtlSeconds = 24 * 3600;

/**
 * Each user has frames of their own: a frame that Alice sends to Bob, Bob would send to himself.
 */
const framesFor = (other: string, text: string) => [
  '{"action":"join","room":"general"}',
  '{"action":"focus","rooms":["general"]}',
  `{"action":"send","room":"general","text":"${text}"}`,
  `{"action":"send","to":"${other}","text":"psst"}`,
  '{"action":"history","room":"general"}',
];

export async function greeting(settings: LocalSettings): Promise<string> {
  const { ports, pagePort, host, database } = settings;
  const websocketUrl = `ws://localhost:${ports.websocket}`;
  const toPaste = async (user: string, frames: string[]) => {
    const token = await developmentToken(user, { ttlSeconds: tokenTtlSeconds });
    return [
      `  npx wscat -c "${websocketUrl}?token=${token}"`,
      ...frames.map((frame) => `  ${frame}`),
    ];
  };
  const open = `Open http://localhost:${pagePort} and click Alice; in a second window, click Bob.`;
  return [
    ...(pagePort === undefined ? [] : [open, ""]),
    `ready ${websocketUrl} http://localhost:${ports.http}`,
    "",
    "Alice, in a second terminal, and frames for her to try:",
    ...(await toPaste("alice", framesFor("bob", "hello"))),
    "",
    "Bob, in a third:",
    ...(await toPaste("bob", framesFor("alice", "hello, Alice"))),
    "",
    ...warnings(host, database.kind),
    "Ctrl-C ends it.",
  ].join("\n");
}

function warnings(host: string | undefined, database: DatabaseSettings["kind"]): string[] {
  const hosts = hostsFor(host);
  return [
    ...(hosts.length === 0
      ? []
      : [
          `WARNING: it also listens on ${hosts.join(", ")}.`,
          "Anybody in that network can be any user: the development secret is published, and the",
          "page signs in everybody.",
          "",
        ]),
    ...(database !== "local"
      ? []
      : [
          "WARNING: DynamoDB Local listens on every address of this machine and checks nobody's",
          "signature: anybody in your network can read and change the data.",
          "",
        ]),
  ];
}
