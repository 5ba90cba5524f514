/** What happens to the users and their gateways, one story after the other. */
import { limits } from "../../lib/protocol/limits.ts";
import { assumptions } from "./assumptions.ts";
import { alwaysAsking, type ClientRules, everySecond, ourClients, unjittered } from "./clients.ts";
import { emptied } from "./emptied.ts";
import { evenGateways, type FleetShape, gatewayNamed, type Health } from "./fleet.ts";
import { placed } from "./placement.ts";
import { balanceOf, type Report, reportOf } from "./report.ts";
import { Simulation } from "./simulation.ts";

export interface Scale {
  users: number;
  gateways: number;
  seed: number;
  /** Of every quota, so much: a small run then goes as a large one does. */
  quotaShare: number;
}

/** As it is where a scenario is not about it: there is an HTTP API in each of ten regions. */
const usual = { rules: ourClients, httpApis: 10, gatewaysPerAccount: 1 };

interface Scenario {
  title: string;
  setting?: Partial<typeof usual>;
  /** How the gateways are; all alike when not given. */
  fleet?: (scale: Scale) => FleetShape["gateways"];
  happens(simulation: Simulation, scale: Scale): Promise<void>;
}

const hourMs = 3_600_000;

const scenarios: readonly Scenario[] = [
  { title: "nothing happens for two hours", happens: (simulation) => simulation.run(2 * hourMs) },
  {
    title: "the same, with other weights and small gateways",
    fleet: mixedGateways,
    happens: (simulation) => simulation.run(2 * hourMs),
  },
  { title: "one gateway dies", happens: dying(() => 1, "refuses") },
  { title: "one gateway dies and is silent", happens: dying(() => 1, "hangs") },
  { title: "a tenth of them die", happens: dying(tenth, "refuses") },
  {
    title: "a tenth die, and one HTTP API is asked",
    setting: { httpApis: 1 },
    happens: dying(tenth, "refuses"),
  },
  {
    title: "a tenth die, one HTTP API, and clients that always ask",
    setting: { httpApis: 1, rules: alwaysAsking },
    happens: dying(tenth, "refuses"),
  },
  { title: "one is added", happens: adding },
  { title: "one is drained", happens: draining },
  { title: "all connections are lost", happens: losing },
  {
    title: "all are lost, and ten gateways share a quota",
    setting: { gatewaysPerAccount: 10 },
    happens: losing,
  },
  { title: "two hours after all were lost", happens: losingTwice },
  { title: "there is no network for a minute", happens: cuttingOff },
  ...baseline("all are lost, and clients try every second", everySecond),
  ...baseline("all are lost, and clients wait without chance", unjittered),
];

export async function runScenarios(
  scale: Scale,
  progress: (title: string) => void = () => {},
): Promise<{ reports: Report[]; bytesPerUser: number }> {
  const { users, seed, quotaShare } = scale;
  const even = evenGateways(scale.gateways, users);
  const evenHomes = await placed({ ...usual, gateways: even, quotaShare }, users, seed);
  const reports: Report[] = [];
  let bytesPerUser = 0;
  for (const { title, setting, fleet, happens } of scenarios) {
    progress(title);
    const shape = { ...usual, ...setting, gateways: fleet?.(scale) ?? even, quotaShare };
    const homes = fleet ? await placed(shape, users, seed) : evenHomes;
    const simulation = new Simulation({ ...shape, users, seed, homes });
    const before = balanceOf(simulation.fleet);
    await happens(simulation, scale);
    reports.push(reportOf(title, simulation, homes, before));
    bytesPerUser = Math.max(bytesPerUser, simulation.bytesPerUser);
  }
  return { reports, bytesPerUser };
}

function baseline(title: string, rules: ClientRules): Scenario[] {
  return [{ title, setting: { rules }, happens: losing }];
}

/** Every tenth has room for half of its share. */
function mixedGateways({ gateways, users }: Scale) {
  return evenGateways(gateways, users, [1, 1, 1, 2, 4]).map((gateway, index) => {
    const isSmall = index % 10 === 9;
    const { capacity = 1 } = gateway;
    const share = capacity / assumptions.capacityShare;
    return { ...gateway, capacity: isSmall ? Math.ceil(share / 2) : capacity };
  });
}

function tenth({ gateways }: Scale): number {
  return Math.max(1, Math.round(gateways / 10));
}

/** The first so many, all at one moment. */
function dying(count: (scale: Scale) => number, health: Health): Scenario["happens"] {
  return (simulation, scale) => {
    const { fleet, users } = simulation;
    simulation.at(0, () => {
      for (let gateway = 0; gateway < count(scale); gateway += 1) {
        fleet.health[gateway] = health;
        // Nobody is told that they went, so they stay in the index until they expire.
        const untilMs = limits.connectionSeconds * 1_000;
        fleet.leaveBehind(gateway, fleet.connections[gateway] as number, 0, untilMs);
      }
      for (let user = 0; user < users; user += 1) {
        if (simulation.gatewayOf(user) < count(scale)) simulation.hit(user);
      }
    });
    return simulation.run(2 * hourMs, "all are back");
  };
}

function adding(simulation: Simulation): Promise<void> {
  const { fleet } = simulation;
  const [first] = fleet.gateways;
  const gateway = gatewayNamed(fleet.gateways.length, {
    weight: first?.weight ?? 1,
    capacity: first?.capacity ?? 1,
  });
  simulation.at(0, () => fleet.add(gateway));
  return simulation.run(2 * hourMs);
}

function draining(simulation: Simulation, { quotaShare }: Scale): Promise<void> {
  const [first] = simulation.fleet.gateways;
  simulation.at(0, () => {
    if (first) first.state = "draining";
    void emptied(simulation, 0, Math.ceil(limits.drainedPerSecond * quotaShare));
  });
  return simulation.run(2 * hourMs, "all are back");
}

function losing(simulation: Simulation): Promise<void> {
  simulation.at(0, () => {
    for (let user = 0; user < simulation.users; user += 1) simulation.hit(user);
  });
  return simulation.run(2 * hourMs, "all are back");
}

/** Who came back together is cut off together, when the two hours of a connection are over. */
async function losingTwice(simulation: Simulation): Promise<void> {
  await losing(simulation);
  simulation.countAnew();
  await simulation.run(simulation.nowMs + assumptions.connectionMs);
  await simulation.run(simulation.nowMs + hourMs, "all are back");
}

/** Gateways do not notice at once, so for minutes everybody is in the index twice. */
function cuttingOff(simulation: Simulation): Promise<void> {
  const { fleet } = simulation;
  const { from, until } = assumptions.halfOpenMs;
  simulation.at(0, () => {
    simulation.networkGoneUntil(60_000);
    for (const gateway of fleet.gateways.keys()) {
      fleet.leaveBehind(gateway, fleet.connections[gateway] as number, from, until);
    }
  });
  return losing(simulation);
}
