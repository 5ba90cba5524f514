/**
 * What is printed when everything is ready: a line that programs wait for, and below it what a
 * person can paste.
 */
import type { LocalSettings } from "./settings.ts";
import { developmentToken } from "./tokens.ts";

const tokenTtlSeconds = 24 * 3600;

const frames = [
  '{"action":"join","room":"general"}',
  '{"action":"send","room":"general","text":"hello"}',
  '{"action":"send","to":"bob","text":"hi"}',
  '{"action":"history","room":"general"}',
];

export async function greeting({ ports }: LocalSettings): Promise<string> {
  const websocketUrl = `ws://localhost:${ports.websocket}`;
  const wscat = async (user: string) => {
    const token = await developmentToken(user, { ttlSeconds: tokenTtlSeconds });
    return `  npx wscat -c "${websocketUrl}?token=${token}"`;
  };
  return [
    `ready ${websocketUrl} http://localhost:${ports.http}`,
    "",
    "Alice, in a second terminal:",
    await wscat("alice"),
    "",
    "Bob, in a third:",
    await wscat("bob"),
    "",
    "Frames to try:",
    ...frames.map((frame) => `  ${frame}`),
    "",
    "Ctrl-C ends it.",
  ].join("\n");
}
