/**
 * The promise of a store's tables, on IndexedDB; and the schema of that. What a real browser does
 * when it is killed is in test/web.
 */
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { indexedDbStore, indexedDbTables, migrations } from "../../client/indexedDb.ts";
import { fresh } from "../support/endpoints.ts";
import { idle } from "./fakeClock.ts";
import { faultyTables } from "./faultyTables.ts";
import { shown } from "./shown.ts";

const message = { room: "general", cid: "c-1", text: "hi", after: 2, order: 1 };

describe.each([
  ["memory", () => faultyTables().run().tables],
  ["IndexedDB", () => indexedDbTables(fresh("tables"))],
])("the tables of a store on %s", (_name, made) => {
  it("hold a value until it is replaced or deleted", async () => {
    const tables = made();
    await tables.put("outbox", "c-1", message);
    await tables.put("drafts", "c-1", { room: "general", text: "another table" });
    expect(await tables.get("outbox", "c-1")).toEqual(message);
    await tables.put("outbox", "c-1", { ...message, after: 3 });
    expect(await tables.list("outbox")).toEqual([{ ...message, after: 3 }]);
    await tables.put("outbox", "c-1", undefined);
    await tables.put("outbox", "c-1", undefined);
    expect(await tables.get("outbox", "c-1")).toBe(undefined);
  });

  it("list values in the order of their keys, as of when they are asked", async () => {
    const tables = made();
    const put = (room: string) => tables.put("drafts", room, { room, text: room });
    const puts = ["b", "a", "c"].map(put);
    const listed = tables.list("drafts");
    puts.push(put("d"));
    expect((await listed).map(({ text }) => text)).toEqual(["a", "b", "c"]);
    await Promise.all(puts);
  });

  it("hold nothing after clear", async () => {
    const tables = made();
    void tables.put("outbox", "c-1", message);
    await tables.clear();
    expect(await tables.list("outbox")).toEqual([]);
  });
});

describe("a database of an older version", () => {
  const second = (database: Parameters<(typeof migrations)[0]>[0]) =>
    void database.createObjectStore("new");

  it("is brought up to date, and keeps what it holds", async () => {
    const name = fresh("tables");
    const old = indexedDbTables(name);
    await old.put("outbox", "c-1", message);
    const tables = indexedDbTables(name, [...migrations, second]);
    expect(await tables.get("outbox", "c-1")).toEqual(message);
    await tables.put("new" as "drafts", "a", { room: "a", text: "b" });
  });

  it("stays as it is when that fails, and the old version goes on", async () => {
    const name = fresh("tables");
    await indexedDbTables(name).put("outbox", "c-1", message);
    const broken = () => {
      throw new Error("a defect");
    };
    await expect(
      indexedDbTables(name, [...migrations, second, broken]).list("user"),
    ).rejects.toThrow();
    expect(await indexedDbTables(name).list("outbox")).toEqual([message]);
  });
});

it("leaves a page that is older than the database without a store, and says so", async () => {
  const name = fresh("tables");
  await indexedDbTables(name, [...migrations, () => {}]).list("user");
  const { chat } = shown({ store: indexedDbStore(name) });
  const problems: string[] = [];
  chat.on("problem", ({ error }) => problems.push(error.code));
  await chat.restored;
  await idle();
  expect(problems).toEqual(["store_failed"]);
});
