/**
 * What an invocation, and with it an action, takes of AWS. A usage is a sum of countable things, so
 * usages are added and multiplied like numbers; what they cost is another file's.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { assumptions } from "./habits.ts";
import type { Measured, Units } from "./measured.ts";

export interface Usage {
  /** Frames from clients. */
  framesIn: number;
  /** Frames to clients, posted or returned; each of at most 32 KB. */
  framesOut: number;
  /** Requests to `@connections`: those of the frames that are posted. */
  posts: number;
  connects: number;
  connectionMinutes: number;
  invocations: number;
  gbSeconds: number;
  /** Of functions at work: what they do at once is this in a second. */
  busySeconds: number;
  readUnits: number;
  writeUnits: number;
  bytesOut: number;
  storedBytes: number;
}

export const nothing: Usage = {
  framesIn: 0,
  framesOut: 0,
  posts: 0,
  connects: 0,
  connectionMinutes: 0,
  invocations: 0,
  gbSeconds: 0,
  busySeconds: 0,
  readUnits: 0,
  writeUnits: 0,
  bytesOut: 0,
  storedBytes: 0,
};

const names = Object.keys(nothing) as (keyof Usage)[];

export function sum(usages: readonly Partial<Usage>[]): Usage {
  const total = (name: keyof Usage) => usages.reduce((all, usage) => all + (usage[name] ?? 0), 0);
  return Object.fromEntries(names.map((name) => [name, total(name)])) as unknown as Usage;
}

export function times(usage: Usage, factor: number): Usage {
  const scaled = names.map((name) => [name, usage[name] * factor]);
  return Object.fromEntries(scaled) as unknown as Usage;
}

export type FunctionName =
  | "authorize"
  | "connect"
  | "disconnect"
  | "send"
  | "default"
  | "fanOut"
  | "deliver";

/** Megabytes of each function, as they are deployed. */
const memory = memoryOfFunctions();

/** One run of a function that does what `units` say, and waits `waitMs` longer than they do. */
export function invocation(
  name: FunctionName,
  units: Units,
  measured: Measured,
  waitMs = 0,
): Usage {
  const { cpuMsPerTableRequest, cpuMsPerPost } = measured.times;
  const cpuMs =
    (name === "authorize" ? assumptions.authorizeCpuMs : assumptions.invocationCpuMs) +
    units.tableRequests * cpuMsPerTableRequest +
    units.posts * cpuMsPerPost;
  const megabytes = memory[name];
  // Waiting and computing are added up, as if nothing was computed while something is waited for.
  const slowness = Math.max(1, assumptions.megabytesPerProcessor / megabytes);
  const coldMs = assumptions.coldStartShare * assumptions.coldStartMs;
  const busySeconds = (units.waitMs + waitMs + cpuMs * slowness + coldMs) / 1_000;
  return sum([
    {
      framesOut: units.posts + units.replies,
      posts: units.posts,
      invocations: 1,
      gbSeconds: (busySeconds * megabytes) / 1_024,
      busySeconds,
      readUnits: units.readUnits,
      writeUnits: units.writeUnits,
      bytesOut: units.bytesOut,
    },
  ]);
}

function memoryOfFunctions(): Record<FunctionName, number> {
  const source = readFileSync(new URL("../serverless.yml", import.meta.url), "utf8");
  const { functions, provider } = parse(source, { merge: true, logLevel: "error" });
  const megabytesOf = (name: FunctionName): number => {
    if (functions[name] === undefined) throw new Error(`there is no function ${name}`);
    return functions[name].memorySize ?? provider.memorySize;
  };
  return {
    authorize: megabytesOf("authorize"),
    connect: megabytesOf("connect"),
    disconnect: megabytesOf("disconnect"),
    send: megabytesOf("send"),
    default: megabytesOf("default"),
    fanOut: megabytesOf("fanOut"),
    deliver: megabytesOf("deliver"),
  };
}
