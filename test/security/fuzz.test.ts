/**
 * The fuzzer through the real handlers, in process: no crash, no hang, always one answer, and
 * memory that stays flat (promise 9). `FUZZ_FRAMES=1000000 FUZZ_SEED=7 npx vitest run
 * test/security/fuzz.test.ts` goes further than CI does.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";
import { clientName } from "../../lib/protocol/names.ts";
import { type FrameType, type ServerFrame, serverFrames } from "../../lib/protocol/serverFrames.ts";
import { type MemoryRuntime, memoryRuntime, socketEvent } from "../support/memoryRuntime.ts";
import { fuzzedFrames } from "./fuzz.ts";

vi.mock("../../lib/runtime.ts", () => memoryRuntime());
const { here } = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime;
const handlers = [
  (await import("../../handlers/send.ts")).handler,
  (await import("../../handlers/default.ts")).handler,
];

const frames = Number(process.env["FUZZ_FRAMES"] ?? 40_000);
/** Of an accepted message, its share of all frames; a single frame that is kept takes more. */
const frameBytesKept = 50;
const seed = Number(process.env["FUZZ_SEED"] ?? 1);

const alice = await here.as("alice", 10 ** 9);
await here.ports.memberships.add("alice", { room: "general", joinedAtMs: 0, readSeq: 0, readN: 0 });
/** Node's own, which it otherwise gives only to a process started with --expose-gc. */
setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Answers that were posted; kept only until they are looked at, so that memory can stay flat. */
let posted: ServerFrame[] = [];
here.ports.sockets.post = async (_to, bytes) => {
  posted.push(JSON.parse(new TextDecoder().decode(bytes)));
  return "delivered";
};

it(`answers each of ${frames} random frames of seed ${seed} once (promise 9)`, async () => {
  const heapAt: number[] = [];
  let sent = 0;
  for (const body of fuzzedFrames(seed, frames)) {
    posted = [];
    here.pass(10);
    const handler = handlers[sent % 2] ?? handlers[0];
    const { body: returned } = (await handler?.(socketEvent(alice, body))) as { body?: string };
    const answers = [...posted, ...(returned === undefined ? [] : [JSON.parse(returned)])];
    const complaint = complaintOf(body, answers);
    if (complaint) throw new Error(`${complaint}, frame ${sent} of seed ${seed}: ${body}`);
    sent += 1;
    if (sent % Math.ceil(frames / 10) === 0) heapAt.push(heapBytes());
  }
  expect(sent).toBe(frames);
  expect(here.reports.filter(({ what }) => what === "request failed")).toEqual([]);
  // What the room's log holds grows; nothing else may.
  const [early = 0, late = 0] = [heapAt[1], heapAt.at(-1)];
  expect((late - early) / frames).toBeLessThan(frameBytesKept);
}, 3_600_000);

/** What is wrong with the answers to a frame, if anything. */
function complaintOf(body: string, answers: ServerFrame[]): string | undefined {
  const sent = parsed(body);
  const replies = answers.filter(({ type }) => type !== "events");
  const isQuiet = sent["action"] === "typing" && clientName.safeParse(sent["id"]).error;
  const isOne = replies.length === 1 || (isQuiet && replies.length === 0);
  if (!isOne) return `${replies.length} answers`;
  for (const answer of answers) {
    if (!serverFrames[answer.type as FrameType].safeParse(answer).success)
      return "no frame of ours";
    if (answer.type === "error" && answer.code === "internal") return "a defect";
  }
  const id = clientName.safeParse(sent["id"]).data;
  return replies.some((reply) => (reply as { id?: string }).id !== id) ? "another id" : undefined;
}

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** What is still reachable: without a collection first, it would be what V8 has not cleaned up. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
