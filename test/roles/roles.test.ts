/**
 * The packaged service, held to its packaged roles: the story takes nothing that is not granted,
 * takes everything that is, and notices when any one right is taken away. What AWS does in a
 * function's name is not seen here: writing its log, reading its stream, telling its queue.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NodeBinary, nodeBinaries } from "../support/nodeBinaries.ts";
import { type Grant, type Guard, grantsOf, grantsToAws, guardOf } from "./grants.ts";
import { packageForRunning, type RunningPackage, runPackaged } from "./running.ts";
import { perform, type Step } from "./scene.ts";
import { story } from "./story.ts";

const packaged = await packageForRunning();
afterAll(() => packaged.remove());
const grants = grantsOf(packaged);
const titleOf = ({ functionName, line }: Grant) => `${functionName}: ${line}`;

const titled = story.map((step) => [step.title, step] as const);

/** What a function says of a call that it was refused. */
const refusal = /AccessDenied|not authorized to perform|posts refused/;

function company({ path: execPath }: NodeBinary) {
  const guard = guardOf(grants);
  const lines: string[] = [];
  let complain: (line: string) => void = () => {};
  let at: RunningPackage;
  const onLine = (line: string) => {
    lines.push(line);
    if (refusal.test(line)) complain(line);
  };
  return {
    guard,
    lines,
    start: async () => {
      at = await runPackaged(packaged, { execPath, guard, onLine });
    },
    stop: () => at?.[Symbol.asyncDispose](),
    play(step: Step, isListening = true): Promise<void> {
      const complained = new Promise<never>((_, reject) => {
        complain = (line) => isListening && reject(new Error(line));
      });
      complained.catch(() => {});
      return perform(step, at, complained);
    },
  };
}

/** By grant, the steps of the story that used it. */
const usedBy = new Map<Grant, Step[]>();

async function tell(play: (step: Step) => Promise<void>, guard: Guard) {
  const failures = new Map<Step, unknown>();
  for (const step of story) {
    guard.forgetUse();
    await play(step).catch((error) => failures.set(step, error));
    for (const grant of guard.used) usedBy.set(grant, [...(usedBy.get(grant) ?? []), step]);
  }
  return failures;
}

const binaries = nodeBinaries(["24", "22"]);
const onNode = "the packaged service on Node $version";

describe.each(binaries.slice(0, 1))(onNode, { timeout: 300_000 }, (binary) => {
  const { guard, lines, start, stop, play } = company(binary);
  let failures = new Map<Step, unknown>();
  beforeAll(async () => {
    await start();
    failures = await tell(play, guard);
  }, 300_000);
  afterAll(stop);

  it.each(titled)("%s", (_, step) => {
    expect(failures.get(step)).toBe(undefined);
  });

  it("asks for nothing that its roles do not grant", () => {
    expect(guard.refused).toEqual([]);
  });

  it("uses everything that its roles grant", () => {
    expect(grants.filter((grant) => !usedBy.has(grant)).map(titleOf)).toEqual([]);
  });

  it.each(
    grants.map((grant) => [titleOf(grant), grant] as const),
  )("breaks without %s", async (_, grant) => {
    const without = async (step: Step) => {
      guard.take(grant);
      try {
        return await play(step).then(
          () => false,
          () => true,
        );
      } finally {
        guard.giveBack();
      }
    };
    for (const step of usedBy.get(grant) ?? []) {
      if (!(await without(step))) continue;
      // And with it works again: it was for want of this alone.
      return play(step, false);
    }
    expect.fail("no step of the story fails without it");
  });

  it("names TypeScript files in the stacks that it logs", () => {
    const stacks = lines.filter((line) => line.includes("AccessDenied"));
    expect(stacks.length).toBeGreaterThan(0);
    expect(stacks.filter((line) => !/lib\/adapters\/\w+\/\w+\.ts:\d+/.test(line))).toEqual([]);
  });
});

describe.each(binaries.slice(1))(onNode, { timeout: 300_000 }, (binary) => {
  const { guard, start, stop, play } = company(binary);
  beforeAll(start);
  afterAll(stop);
  it.each(titled)("%s", (_, step) => play(step));

  it("asks for nothing that its roles do not grant", () => {
    expect(guard.refused).toEqual([]);
  });
});

it("lets AWS write each function's log, read fanOut's stream, tell its queue, and no more", () => {
  const stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
  const names = [...new Set(grants.map(({ functionName }) => functionName)), "authorize"];
  const logGroup = (name: string) => `<${name[0]?.toUpperCase()}${name.slice(1)}LogGroup.Arn>`;
  const logs = names.flatMap((name) =>
    ["CreateLogStream", "PutLogEvents"].map((call) => `${name}: logs:${call} on ${logGroup(name)}`),
  );
  expect(grantsToAws(packaged).sort()).toEqual(
    [
      ...logs,
      ...stream.map((call) => `fanOut: dynamodb:${call} on <Rooms.StreamArn>`),
      "fanOut: sqs:SendMessage on <UndeliveredQueue.Arn>",
    ].sort(),
  );
});
