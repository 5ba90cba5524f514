/**
 * The picture of a send in docs/ is one of the code as it is: two table requests and a post. And
 * how long a change takes beside it.
 */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { measureChanges } from "../../bench/changes.ts";
import { isMet } from "../../bench/outcome.ts";
import { pictureOf, picturePath, traceOfSend } from "../../bench/trace.ts";
import type { Span } from "../../bench/tracePicture.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";

let database: Database;
let spans: Span[];
beforeAll(async () => {
  database = await startDatabase({ kind: "dynalite" });
  spans = await traceOfSend(database.endpoint);
});
afterAll(() => database?.stop());

it("a message's recipients wait for two table requests, one behind the other, and a post", () => {
  const requests = spans.filter(({ what }) => /^(get|query|put)/.test(what));
  expect(requests.map(({ what, fromMs }) => `${fromMs} ${what.split(":")[0]}`)).toEqual([
    "15 get",
    "15 query",
    "20 put",
    "20 query",
    "25 query",
  ]);
  const posts = spans.filter(({ what }) => what === "post: events");
  expect(posts).toEqual([{ what: "post: events", fromMs: 25, toMs: 35, times: 3 }]);
});

it("docs/send.svg is drawn from this trace; npm run bench -- trace writes it", async () => {
  expect(await readFile(picturePath, "utf8")).toBe(pictureOf(spans));
});

it("changes take at most so many arrivals of a send, and are told before the reply", async () => {
  const { tables, bars } = await measureChanges(database.endpoint);
  const rows = tables[0]?.rows ?? [];
  expect(rows.map(({ action }) => action)).toEqual(["send", "edit", "react", "delete"]);
  for (const row of rows) {
    expect(row["arrives after"]).toBeGreaterThan(0);
    expect(row["answered after"]).toBeGreaterThanOrEqual(Number(row["arrives after"]));
  }
  expect(bars).toHaveLength(3);
  expect(bars.filter((bar) => !isMet(bar))).toEqual([]);
});
