/**
 * Two releases behind one gateway, on the same tables and the same stream, as they are while a
 * deployment replaces one function after the other. What is not a function is of today's package:
 * routes, the stream's mappings, and roles, which a deployment replaces before the functions.
 */
import type { PackagedService } from "../../local/emulator/gateway/gateway.ts";

export interface MixedService {
  service: PackagedService;
  /** The functions that both releases have. */
  names: string[];
  /**
   * Has processes that start from now on run these functions of the kept release.
   * Returns the functions that are of another release than before.
   */
  keep(functionNames: readonly string[]): string[];
}

export function mixedService(today: PackagedService, kept: PackagedService): MixedService {
  const functions = new Map(today.service.functions);
  const names = [...functions.keys()].filter((name) => kept.service.functions.has(name)).sort();
  let keptNames: readonly string[] = [];
  const releaseOf = (name: string) => (keptNames.includes(name) ? kept : today);
  return {
    service: {
      ...today,
      service: { ...today.service, functions },
      bundles: { fileOf: (name) => releaseOf(name).bundles.fileOf(name) },
    },
    names,
    keep(functionNames) {
      const changed = names.filter(
        (name) => keptNames.includes(name) !== functionNames.includes(name),
      );
      keptNames = functionNames;
      for (const name of names) {
        const definition = releaseOf(name).service.functions.get(name);
        if (definition !== undefined) functions.set(name, definition);
      }
      return changed;
    },
  };
}

/**
 * As few mixes as have each function meet each other one both ways: one kept while the other is
 * today's. Every function is kept in two mixes, and no two functions in the same two.
 */
export function mixesOf(names: readonly string[]): string[][] {
  const mixes: string[][] = [[]];
  const pairs: string[][][] = [];
  while (pairs.length < names.length) {
    const more: string[] = [];
    for (const mix of mixes) pairs.push([mix, more]);
    mixes.push(more);
  }
  for (const [index, name] of names.entries()) for (const mix of pairs[index] ?? []) mix.push(name);
  return mixes;
}
