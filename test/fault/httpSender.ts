/**
 * A program that sends over HTTP for a user who is also there in person, and tries again with the
 * same Idempotency-Key until it is told where the message is. `after` stays that of the first try,
 * which is right however long it takes.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Stored } from "../../client/index.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { developmentToken } from "../../local/tokens.ts";
import type { Random } from "../simulation/random.ts";
import type { Counts } from "./counts.ts";
import type { Device } from "./device.ts";
import type { Recorder } from "./recorder.ts";
import { textOf } from "./texts.ts";

export interface HttpSender {
  readonly stored: readonly Stored[];
  live(isOver: () => boolean): Promise<void>;
}

const triesMax = 8;
/** Longer than any answer of the gateway's takes. */
const timeoutMs = 90_000;

export function createHttpSender(
  device: Device,
  {
    urls,
    random,
    recorder,
    counts,
  }: {
    urls: readonly string[];
    random: Random;
    recorder: Recorder;
    counts: Counts;
  },
): HttpSender {
  const { user } = device;
  const connection = `${device.name}-http`;
  const stored: Stored[] = [];
  let requests = 0;
  let messages = 0;
  recorder.opened(connection, user);

  /** Returns whether that is the end of it. */
  async function attempt(room: string, text: string, cid: string, after: number): Promise<boolean> {
    const request = `${connection}:${++requests}`;
    recorder.asked(connection, request, { action: "send", room, text, cid, after });
    const response = await fetch(
      `${random.pick(urls)}/rooms/${encodeURIComponent(room)}/messages`,
      {
        method: "POST",
        headers: {
          authorization: `Bearer ${await developmentToken(user)}`,
          "content-type": "application/json",
          "idempotency-key": cid,
        },
        body: JSON.stringify({ text, after }),
        signal: AbortSignal.timeout(timeoutMs),
      },
    ).catch(() => undefined);
    const body = (await response?.json().catch(() => undefined)) as
      | (Record<string, never> & { error?: Omit<ServerFrame<"error">, "type"> })
      | undefined;
    if (response === undefined || body === undefined) {
      recorder.noteEnded(request); // unanswered, and no socket to blame it on
      return false;
    }
    if (response.ok) {
      const repeated = response.status === 200 && { duplicate: true };
      const ack = { type: "ack", id: request, ...body, ...repeated } as unknown;
      recorder.received(connection, ack as ServerFrame<"ack">);
      stored.push({ ...(body as unknown as Stored) });
      counts.add("traffic", "acked");
      return true;
    }
    if (body.error === undefined) recorder.failed(connection);
    else recorder.received(connection, { type: "error", id: request, ...body.error });
    counts.add("errors", body.error?.code ?? `HTTP ${response.status}`);
    return response.status < 500 && response.status !== 429;
  }

  return {
    stored,
    async live(isOver) {
      while (!isOver()) {
        const { rooms } = device.followings;
        if (rooms.length > 0) {
          const room = random.pick(rooms);
          const cid = `${connection}-${++messages}`;
          const text = textOf(cid, random);
          const after = device.followings.cursor(room);
          for (let tries = 1; tries <= triesMax; tries += 1) {
            if (await attempt(room, text, cid, after)) break;
            await delay(100 * tries);
          }
        }
        await delay(100 + random.below(400));
      }
    },
  };
}
