/**
 * The packaged service with its packaged roles enforced. The story makes no call that is not
 * granted, uses every grant, and fails without any one of them. The calls that AWS makes in a
 * function's name are not seen here: they write its log, read its stream, and fill its queue.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageProject, retains } from "../package/packaged.ts";
import { type NodeBinary, nodeBinaries } from "../support/nodeBinaries.ts";
import { type Grant, type Guard, grantsOf, grantsToAws, guardOf } from "./grants.ts";
import { packagedService } from "./packagedService.ts";
import { type RunningPackage, runPackaged } from "./running.ts";
import { perform, type Step } from "./scene.ts";
import { story } from "./story.ts";

const packaged = await packageProject(retains);
const grants = grantsOf(packaged);
const titleOf = ({ functionName, line }: Grant) => `${functionName}: ${line}`;

const titled = story.map((step) => [step.title, step] as const);

/** A line that a function logs when a call of its was refused. */
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
      at = await runPackaged((settle) => packagedService(packaged, execPath, settle), {
        guard,
        onLine,
      });
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

/** By grant, the steps of the story that used it: those that use the fewest grants first. */
const usedBy = new Map<Grant, Step[]>();

/** Plays the whole story. Returns the steps that failed, and why. */
async function tell(play: (step: Step) => Promise<void>, guard: Guard) {
  const failures = new Map<Step, unknown>();
  const used = new Map<Step, Grant[]>();
  for (const step of story) {
    guard.forgetUse();
    await play(step).catch((error) => failures.set(step, error));
    used.set(step, [...guard.used]);
  }
  for (const [step, taken] of [...used].sort(([, a], [, b]) => a.length - b.length)) {
    for (const grant of taken) usedBy.set(grant, [...(usedBy.get(grant) ?? []), step]);
  }
  return failures;
}

/** Only bounds a hang: on a machine that has much else to do the story takes minutes. */
const hangMs = 900_000;

const binaries = nodeBinaries(["24", "22"]);
const onNode = "the packaged service on Node $version";

describe.each(binaries.slice(0, 1))(onNode, { timeout: hangMs }, (binary) => {
  const { guard, lines, start, stop, play } = company(binary);
  let failures = new Map<Step, unknown>();
  beforeAll(async () => {
    await start();
    failures = await tell(play, guard);
  }, hangMs);
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
    for (const step of usedBy.get(grant) ?? []) {
      guard.take(grant);
      const failure = await play(step).then(
        () => undefined,
        (error: Error) => error,
      );
      guard.giveBack();
      if (failure === undefined) continue;
      // A function said that it was refused. Any other failure must be gone with the grant.
      if (refusal.test(failure.message)) return;
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

describe.each(binaries.slice(1))(onNode, { timeout: hangMs }, (binary) => {
  const { guard, start, stop, play } = company(binary);
  beforeAll(start);
  afterAll(stop);
  it.each(titled)("%s", (_, step) => play(step));

  it("asks for nothing that its roles do not grant", () => {
    expect(guard.refused).toEqual([]);
  });
});

it("lets AWS write each function's log, read the stream and tell the queue, and no more", () => {
  const stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
  const names = [...new Set(grants.map(({ functionName }) => functionName)), "authorize"];
  const logGroup = (name: string) => `<${name[0]?.toUpperCase()}${name.slice(1)}LogGroup.Arn>`;
  const logs = names.flatMap((name) =>
    ["CreateLogStream", "PutLogEvents"].map((call) => `${name}: logs:${call} on ${logGroup(name)}`),
  );
  expect(grantsToAws(packaged).sort()).toEqual(
    [
      ...logs,
      ...["fanOut", "announce"].flatMap((name) => [
        ...stream.map((call) => `${name}: dynamodb:${call} on <Rooms.StreamArn>`),
        `${name}: sqs:SendMessage on <UndeliveredQueue.Arn>`,
      ]),
    ].sort(),
  );
});
