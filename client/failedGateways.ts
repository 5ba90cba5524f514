/**
 * Which gateways could not be used since one last could. Whoever is asked for a gateway is told,
 * and gives another one while there is one. They are forgotten as soon as any connection is good,
 * for what was down an hour ago need not be now.
 */
import { limits } from "./limits.ts";

export class FailedGateways {
  #names: readonly string[] = [];
  #current: string | undefined;

  /** Oldest first. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** A connection to this one is being tried; undefined when it has no name, or none is. */
  trying(gateway: string | undefined): void {
    this.#current = gateway;
  }

  /** The one that is in use, or was tried last, is of no use. */
  failed(): void {
    const name = this.#current;
    if (name === undefined) return;
    const others = this.#names.filter((other) => other !== name);
    this.#names = [...others, name].slice(-limits.failedGateways);
  }

  /** The one that was tried last is good. */
  worked(): void {
    this.#names = [];
  }
}
