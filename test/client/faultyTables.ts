/** Tables of a store in memory, whose machine stops or whose disk fails as a test says. */
import type { Tables, Values } from "../../client/storeOn.ts";

export interface FaultyTables {
  /** What survives. */
  readonly held: Map<string, unknown>;
  /** What becomes of each write: it `survives`, is `lost` with all behind it, or `fails`. */
  fate: (write: { table: string; key: string; isDelete: boolean; count: number }) => Fate;
  /** Writes so far. */
  readonly count: number;
  /** As one run of a program has them: after `stop` nothing of it is written any more. */
  run(): { tables: Tables; stop(): void };
}

export type Fate = "survives" | "lost" | "fails" | "hangs";

export function faultyTables(): FaultyTables {
  const held = new Map<string, unknown>();
  let count = 0;
  const valuesOf = (table: string) =>
    [...held].filter(([id]) => id.startsWith(`${table} `)).sort(([a], [b]) => (a < b ? -1 : 1));
  const here: FaultyTables = {
    held,
    fate: () => "survives",
    get count() {
      return count;
    },
    run() {
      let isOver = false;
      const write = async (table: string, key: string, value: unknown, act: () => void) => {
        count += 1;
        const fate = here.fate({ table, key, isDelete: value === undefined, count });
        if (fate === "lost") isOver = true;
        if (isOver || fate === "hangs") return new Promise<never>(() => {});
        if (fate === "fails") throw new Error("the disk is full");
        act();
      };
      const tables: Tables = {
        list: async <T extends keyof Values>(table: T) =>
          structuredClone(valuesOf(table).map(([, value]) => value)) as Values[T][],
        get: async <T extends keyof Values>(table: T, key: string) =>
          structuredClone(held.get(`${table} ${key}`)) as Values[T] | undefined,
        put: (table, key, value) => {
          const kept = structuredClone(value); // as it is now
          return write(table, key, kept, () => {
            if (kept === undefined) held.delete(`${table} ${key}`);
            else held.set(`${table} ${key}`, kept);
          });
        },
        clear: () => write("", "", undefined, () => held.clear()),
      };
      return {
        tables,
        stop: () => {
          isOver = true;
        },
      };
    },
  };
  return here;
}
