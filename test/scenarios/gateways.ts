/**
 * The service as the scenarios have it: several gateways, each in processes of its own with all of
 * the service's functions, on one database in another one. They have nothing else in common, and
 * any of them can be frozen, killed, and started again where it was.
 */
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type GatewayProcess,
  type Place,
  placeOf,
  startGatewayProcess,
} from "../../local/cluster/gatewayProcess.ts";
import { readSettings } from "../../local/settings.ts";
import { freePorts, killAll, type Started, startProgram } from "../local/processes.ts";
import type { Endpoints } from "../support/endpoints.ts";
import { manageGateways } from "../support/operator.ts";

interface Instance {
  /** Does nothing to one that runs. */
  start(): Promise<void>;
  /** `kill -9`; resolves when it is dead. */
  kill(): Promise<void>;
}

export interface Gateway extends Instance, Endpoints {
  readonly name: string;
  /** Let it stand still, as one that hangs: sockets stay open, and nothing answers. */
  freeze(): void;
  thaw(): void;
}

export interface Gateways<Name extends string> {
  readonly named: Readonly<Record<Name, Gateway>>;
  readonly all: readonly Gateway[];
  readonly httpUrls: readonly string[];
  readonly database: Instance;
  /** Let these be the ones to choose from, with what the list is to say of each. */
  list(said: { [N in Name]?: object }): Promise<void>;
  /** `npm run gateways -- …args` */
  manage(...args: string[]): Promise<string>;
  end(): Promise<void>;
}

export async function startGateways<Name extends string>(...names: Name[]) {
  const port = await freePorts(names.length);
  const folder = mkdtempSync(join(tmpdir(), "parley-scenarios-"));
  const databasePort = port + 3; // where `npm run gateways -- --port` looks for it
  const database = databaseOn(databasePort, join(folder, "data"));
  await database.start();
  const places = names.map((name, index) => ({ ...placeOf(index + 1, port), name }));
  const all = places.map((place) => gatewayAt(place, `http://127.0.0.1:${databasePort}`));
  await Promise.all(all.map((gateway) => gateway.start()));
  const manage = (...args: string[]) => manageGateways(port, ...args);
  const gateways: Gateways<Name> = {
    named: Object.fromEntries(all.map((each) => [each.name, each])) as Record<Name, Gateway>,
    all,
    httpUrls: all.map(({ httpUrl }) => httpUrl),
    database,
    manage,
    async list(said) {
      const listed = places.filter(({ name }) => Object.hasOwn(said, name));
      const lines = listed.map(({ name, websocketUrl: url, endpoint }) => {
        return { name, url, endpoint, ...said[name] };
      });
      const file = join(folder, "gateways.json");
      writeFileSync(file, JSON.stringify(lines));
      await manage("apply", file);
    },
    async end() {
      for (const gateway of all) await gateway.kill();
      await killAll();
    },
  };
  return gateways;
}

function databaseOn(port: number, folder: string): Instance {
  let running: Started | undefined;
  return {
    async start() {
      if (running) return;
      const args = [String(port), folder];
      running = startProgram("test/scenarios/databaseProcess.ts", { args });
      const died = running.exit.then((how) => {
        throw new Error(`the database has ended: ${JSON.stringify(how)}`);
      });
      await Promise.race([once(running.child.stdout, "data"), died]);
    },
    async kill() {
      running?.child.kill("SIGKILL");
      await running?.exit;
      running = undefined;
    },
  };
}

function gatewayAt(place: Place, databaseUrl: string): Gateway {
  const { name, websocketUrl, httpUrl } = place;
  const options = {
    ...readSettings(process.env),
    databaseUrl,
    say: () => {},
    onFailure: () => {},
  };
  let running: GatewayProcess | undefined;
  return {
    name,
    websocketUrl,
    httpUrl,
    databaseUrl,
    async start() {
      running ??= startGatewayProcess(place, options);
      await running.ready;
    },
    async kill() {
      running?.kill("SIGKILL");
      await running?.ended;
      running = undefined;
    },
    freeze: () => running?.kill("SIGSTOP"),
    thaw: () => running?.kill("SIGCONT"),
  };
}
