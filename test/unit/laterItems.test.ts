/** Entries of a log that a later release wrote, as they are read by this one. */
import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { eventFrom } from "../../lib/adapters/dynamodb/items.ts";

const entry = { n: 3, tag: "t0000007", from: "alice", cid: "c-1", sentAtMs: 1 };
const read = (attributes: object) =>
  eventFrom(marshall({ pk: "LOG#general", sk: "0000000000000007", ...entry, ...attributes }));

describe("an entry that a later release wrote", () => {
  it("keeps its place where its kind is not known", () => {
    const poll = { kind: "poll", question: "lunch?", choices: ["yes"] };
    expect(read(poll)).toEqual({ seq: 7, ...entry, kind: "poll" });
  });

  it.each([
    ["a message", { kind: "message", text: "hi", mood: "good" }, ["mood"]],
    ["a reply", { kind: "message", text: "hi", thread: { replies: 1, lastSeq: 9, by: 2 } }, ["by"]],
    [
      "a deleted message",
      { kind: "message", v: 2, deleted: { by: "author", atMs: 1, why: "x" } },
      ["why"],
    ],
    [
      "a reaction",
      { kind: "message", text: "hi", reactions: [{ emoji: "👍", count: 1, users: ["b"], of: 1 }] },
      ["of"],
    ],
    ["the room", { kind: "room", set: { title: "plans", colour: "red" } }, ["colour"]],
  ])("is without the field of %s that is not known", (_of, attributes, unknown) => {
    const text = JSON.stringify(attributes, (key, value) =>
      unknown.includes(key) ? undefined : value,
    );
    expect(read(attributes)).toEqual({ seq: 7, ...entry, ...JSON.parse(text) });
  });

  it("is a defect where something that is known does not fit", () => {
    expect(() => read({ kind: "room", set: { title: 7 } })).toThrow();
    expect(() => read({ kind: "message", text: 7 })).toThrow();
  });
});
