/**
 * `parley-client/indexeddb`: a store that survives a reload, a crash and a closed tab. A killed tab
 * loses no write that was asked for: the browser has it by then. A power cut may lose the last
 * seconds, since no write waits for the disk.
 */
import type { Store } from "./store.ts";
import { storeOn, type Tables, type Values } from "./storeOn.ts";

/**
 * What each version of the schema does to a database of the version before it, oldest first. A
 * browser makes all that are missing or, killed in between, none.
 * @internal
 */
export const migrations: readonly ((database: Database) => void)[] = [
  (database) => {
    for (const table of ["user", "rooms", "drafts", "pages", "outbox"]) {
      database.createObjectStore(table);
    }
  },
];

/**
 * A store in a database of this name. Each user needs their own, such as `parley alice`: a chat
 * fails with `forbidden` when its token is not that of the user whose store it has.
 */
export function indexedDbStore(name: string): Store {
  return storeOn(indexedDbTables(name));
}

/** @internal */
export function indexedDbTables(name: string, steps = migrations): Tables {
  let database: Database | undefined;
  const opened = open(name, steps).then((one) => {
    database = one;
    return one;
  });
  opened.catch(() => {}); // the first use says so
  const use = async <R>(
    tables: string | string[],
    mode: "readonly" | "readwrite",
    ask: (change: Change) => Asked | undefined,
  ): Promise<R> => {
    // At once where that can be: this tab may be killed before it gets to anything else.
    const change = (database ?? (await opened)).transaction(tables, mode, {
      durability: "relaxed",
    });
    const done = ended(change);
    const asked = ask(change);
    change.commit?.(); // now, and not when this tab finds the time
    await done;
    return asked?.result as R;
  };
  return {
    list: <T extends keyof Values>(table: T) =>
      use<Values[T][]>(table, "readonly", (change) => change.objectStore(table).getAll()),
    get: <T extends keyof Values>(table: T, key: string) =>
      use<Values[T] | undefined>(table, "readonly", (change) => change.objectStore(table).get(key)),
    put: (table, key, value) =>
      use<void>(table, "readwrite", (change) => {
        const values = change.objectStore(table);
        return value === undefined ? values.delete(key) : values.put(value, key);
      }),
    async clear() {
      const tables = [...(await opened).objectStoreNames];
      await use(tables, "readwrite", (change) => {
        for (const table of tables) change.objectStore(table).clear();
        return undefined;
      });
    },
  };
}

async function open(name: string, steps: typeof migrations): Promise<Database> {
  const { indexedDB } = globalThis as unknown as { indexedDB: Databases };
  const request = indexedDB.open(name, steps.length);
  request.onupgradeneeded = ({ oldVersion }) => {
    for (const step of steps.slice(oldVersion)) step(request.result);
  };
  const database = await new Promise<Database>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  // A page with a newer version must not wait for this one, which goes on in memory.
  database.onversionchange = () => database.close();
  return database;
}

function ended(change: Change): Promise<void> {
  return new Promise((resolve, reject) => {
    change.oncomplete = () => resolve();
    change.onabort = () => reject(change.error);
  });
}

/** As much of IndexedDB as is used here: what Node and React Native have no types of. */
interface Databases {
  open(name: string, version: number): Opening;
}
interface Opening {
  readonly result: Database;
  readonly error: unknown;
  onupgradeneeded: ((event: { oldVersion: number }) => void) | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface Database {
  readonly objectStoreNames: Iterable<string>;
  onversionchange: (() => void) | null;
  createObjectStore(name: string): unknown;
  transaction(tables: string | string[], mode: string, options: { durability: string }): Change;
  close(): void;
}
interface Change {
  readonly error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): {
    getAll(): Asked;
    get(key: string): Asked;
    put(value: unknown, key: string): Asked;
    delete(key: string): Asked;
    clear(): Asked;
  };
  commit?(): void;
}
interface Asked {
  readonly result: unknown;
}
