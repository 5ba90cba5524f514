/**
 * One run of the fault lab: a town of devices on the real stack while everything goes wrong that
 * can; then nothing does any more, everybody comes back and catches up, and the verdict is found. A
 * seed fixes what each source of faults does and what each device means to do; how they interleave
 * is the machine's.
 */
import type { ThrownError } from "../../local/emulator/gateway/functionProcess.ts";
import type { Violation } from "../support/checker/history.ts";
import { type Counts, createCounts } from "./counts.ts";
import { databaseFaults } from "./databaseFaults.ts";
import { clientFaults, createDevice, type Device, type DeviceOptions } from "./device.ts";
import { faultPlan, randomFor } from "./faultPlan.ts";
import { gatewayFaults, gatewayIntercept } from "./gatewayFaults.ts";
import { unhealthy } from "./health.ts";
import { createHttpSender, type HttpSender } from "./httpSender.ts";
import type { Leader } from "./leaders.ts";
import { createLeftovers } from "./leftovers.ts";
import { mischief } from "./mischief.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { answerMs, settle } from "./settle.ts";
import { type Stack, startStack } from "./stack.ts";
import { ledRoom, townOf } from "./town.ts";
import type { Truth } from "./truth.ts";
import { turns } from "./turns.ts";
import { verdict, type Witness } from "./verdict.ts";

interface LabOptions {
  seed: number;
  users: number;
  database: "dynalite" | "local";
  gateways: number;
  processes?: number;
  /** Of requests to the database, and of posts, how many go wrong. */
  faultRate: number;
  /** Kills, cuts and storms so many times as often. */
  haste?: number;
  output?: "inherit" | "ignore";
  /** Asked all the time; and told when something else begins. */
  isOver(progress: Progress): boolean;
  onPhase?(phase: Phase): void;
}

export type Phase = "starting" | "faults" | "calm" | "checking" | "stopping";

export interface Progress {
  counts: Counts;
  acked: number;
  faults: number;
  /** Positions that were shown with two contents. */
  contradictions: number;
  elapsedMs: number;
}

export interface LabReport extends Progress {
  violations: Violation[];
  truth: Truth;
  witnesses: Witness[];
  /** The owners of rooms, who were asked to act. */
  leaders: Leader[];
  history: Pick<Recorder, "entries" | "times">;
}

const faultSources = ["database", "gateway", "processes", "clients"];
const httpSenders = 3;
const actsAtOnce = 5;

export async function runLab(options: LabOptions): Promise<LabReport> {
  const { seed, onPhase = () => {} } = options;
  const counts = createCounts();
  const recorder = createRecorder();
  const startedMs = performance.now();
  const progress = (): Progress => ({
    counts,
    acked: counts.of("traffic", "acked"),
    faults: faultSources.reduce((sum, source) => sum + counts.sum(source), 0),
    contradictions: recorder.contradictions,
    elapsedMs: performance.now() - startedMs,
  });
  const isOver = () => options.isOver(progress());

  onPhase("starting");
  const plans = {
    database: faultPlan(randomFor(seed, "database"), databaseFaults, options.faultRate),
    gateway: faultPlan(randomFor(seed, "gateway"), gatewayFaults, options.faultRate),
    clients: faultPlan(randomFor(seed, "clients"), clientFaults, options.faultRate),
  };
  const failures: [functionName: string, error: ThrownError][] = [];
  const leftovers = createLeftovers();
  const stack = await startStack({
    database: options.database,
    gateways: options.gateways,
    ...(options.processes && { processes: options.processes }),
    proxy: {
      plan: plans.database,
      happened: (fault) => counts.add("database", fault),
      begins: recorder.begins,
      done(request, status) {
        recorder.done(request, status);
        leftovers.done(request, status);
      },
      leaves: leftovers.left,
    },
    intercept: gatewayIntercept({
      plan: plans.gateway,
      isOpen: recorder.isOpen,
      denied: recorder.denied,
      happened: (fault) => counts.add("gateway", fault),
    }),
    output: options.output ?? "ignore",
    onFailure: (functionName, error) => failures.push([functionName, error]),
    onGivenUp: (line) => counts.add("streams", line),
  });
  try {
    const devices = inhabit(options, stack, { recorder, counts, plan: plans.clients });
    const senders = devices.slice(0, httpSenders).map((device) => {
      const random = randomFor(seed, `${device.name} over HTTP`);
      const urls = stack.gateways.map(({ httpUrl }) => httpUrl);
      return createHttpSender(device, { urls, random, recorder, counts });
    });
    onPhase("faults");
    await devices[0]?.found(ledRoom);
    const overdue = setInterval(() => recorder.endOverdue(answerMs), 5_000);
    const scene = { ...stack, devices, recorder, counts, isOver, haste: options.haste ?? 1 };
    await Promise.all([
      ...[...devices, ...senders].map(({ live }) => live(isOver)),
      mischief({ ...scene, randomFor: (source) => randomFor(seed, source) }),
    ]);
    for (const plan of Object.values(plans)) plan.end();
    onPhase("calm");
    const { truth, leaders } = await settle(devices, stack, recorder);
    clearInterval(overdue);
    onPhase("checking");
    const witnesses = witnessesOf(devices, senders);
    const violations = [
      ...verdict(recorder.entries, truth, witnesses, leaders),
      ...unhealthy(counts, failures),
      ...(await leftovers.unnamed(stack, recorder.entries.length)),
    ];
    for (const { client } of devices) client.close();
    return { ...progress(), violations, truth, witnesses, leaders, history: recorder };
  } finally {
    onPhase("stopping");
    await stack.stop();
  }
}

function inhabit(
  { seed, users }: LabOptions,
  stack: Stack,
  known: Pick<DeviceOptions, "recorder" | "counts" | "plan">,
): Device[] {
  const taking = turns(actsAtOnce);
  const town = townOf(users, randomFor(seed, "town"));
  const urls = stack.gateways.map(({ websocketUrl }) => websocketUrl);
  return town.flatMap(({ user, devices, rooms, friends }) =>
    devices.map((device) => {
      const random = randomFor(seed, device);
      return createDevice({
        user,
        device,
        url: () => random.pick(urls),
        rooms: [...rooms, ledRoom],
        friends,
        leads: { room: ledRoom, users: town.map((citizen) => citizen.user) },
        random,
        turns: taking,
        ...known,
      });
    }),
  );
}

function witnessesOf(devices: readonly Device[], senders: readonly HttpSender[]): Witness[] {
  return devices.map((device, index) => ({
    user: device.user,
    name: device.name,
    followings: device.followings.all,
    stored: [...device.stored, ...(senders[index]?.stored ?? [])],
    pending: device.pending,
  }));
}
