/** What runs the operations of a simulation, and keeps what they do. */
import type { SweepPorts } from "../../lib/actions/messages/sweep.ts";
import type { Ports, Workers } from "../../lib/ports.ts";
import type { Entry } from "../support/checker/history.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Service } from "./service.ts";
import type { Stores } from "./stores.ts";

/** What every function of the service together is given. */
export type OperationPorts = Ports & { workers: Workers; sweeping: SweepPorts };

/** How an operation ended; a killed one has no result. */
export type Outcome<T> = { died: true } | { died: false; result: T };

export interface Operating {
  service: Service;
  scheduler: Scheduler;
  stores: Stores;
  entries: Entry[];
  operate<T>(
    thread: string,
    what: string,
    work: (ports: OperationPorts) => Promise<T>,
    /** Of a worker: the entry at which the operation began that it works for. */
    begunAt?: number,
  ): Promise<Outcome<T>>;
}
