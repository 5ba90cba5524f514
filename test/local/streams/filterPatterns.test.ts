/** `filterPatterns`: what Lambda lets through, and what it would not even take. */
import { describe, expect, it } from "vitest";
import { filterOf } from "../../../local/emulator/streams/filterPatterns.ts";
import { StartError } from "../../../local/startError.ts";

const record = {
  eventName: "INSERT",
  dynamodb: { NewImage: { delivery: { S: "stream" }, n: { N: "5" }, tags: { SS: ["a", "b"] } } },
};
const image = (NewImage: object) => ({ dynamodb: { NewImage } });

describe("a filter", () => {
  it("lets every record through if there are no patterns", () => {
    expect(filterOf(undefined, "it")(record)).toBe(true);
    expect(filterOf([], "it")(record)).toBe(true);
  });

  it.each<[string, object]>([
    ["a value", { eventName: ["INSERT"] }],
    ["one of several values", { eventName: ["MODIFY", "INSERT"] }],
    ["all of several fields", { eventName: ["INSERT"], ...image({ delivery: { S: ["stream"] } }) }],
    ["a beginning", image({ delivery: { S: [{ prefix: "str" }] } })],
    ["an end", image({ delivery: { S: [{ suffix: "eam" }] } })],
    ["in upper or lower case", image({ delivery: { S: [{ "equals-ignore-case": "STREAM" }] } })],
    ["anything but a value", image({ delivery: { S: [{ "anything-but": "direct" }] } })],
    ["anything but values", image({ delivery: { S: [{ "anything-but": ["direct", "none"] }] } })],
    ["anything but a beginning", image({ delivery: { S: [{ "anything-but": { prefix: "d" } }] } })],
    ["that there is one", image({ delivery: { S: [{ exists: true }] } })],
    ["that there is none", image({ other: { S: [{ exists: false }] } })],
    ["one element of a list", image({ tags: { SS: ["b"] } })],
    ["either of two fields", { $or: [{ eventName: ["REMOVE"] }, image({ n: { N: ["5"] } })] }],
    ["nothing in particular", {}],
  ])("can ask for %s", (_, pattern) => {
    expect(filterOf([pattern], "it")(record)).toBe(true);
  });

  it.each<[string, object]>([
    ["another value", { eventName: ["MODIFY"] }],
    ["a value in another case", { eventName: ["insert"] }],
    [
      "one of two fields only",
      { eventName: ["INSERT"], ...image({ delivery: { S: ["direct"] } }) },
    ],
    ["a field that is missing", image({ other: { S: ["stream"] } })],
    ["another type", image({ delivery: { N: ["stream"] } })],
    ["a number, which is a string", image({ n: { N: [5] } })],
    ["another beginning", image({ delivery: { S: [{ prefix: "tream" }] } })],
    ["another end", image({ delivery: { S: [{ suffix: "strea" }] } })],
    ["what is excluded", image({ delivery: { S: [{ "anything-but": ["x", "stream"] }] } })],
    ["a missing field as anything but", image({ other: { S: [{ "anything-but": "x" }] } })],
    ["that there is none, when there is", image({ delivery: { S: [{ exists: false }] } })],
    ["that there is one, of a map", { dynamodb: [{ exists: true }] }],
    ["neither of two fields", { $or: [{ eventName: ["REMOVE"] }, { eventName: ["MODIFY"] }] }],
  ])("leaves a record out that is asked for by %s", (_, pattern) => {
    expect(filterOf([pattern], "it")(record)).toBe(false);
  });

  it("lets a record through if any of its patterns matches", () => {
    const filter = filterOf([{ eventName: ["REMOVE"] }, { eventName: ["INSERT"] }], "it");
    expect(filter(record)).toBe(true);
  });

  it.each<[unknown, string]>([
    [image({ n: { N: [{ numeric: [">", 1] }] } }), 'the rule {"numeric":[">",1]} for "N"'],
    [image({ n: { N: [{ wildcard: "*" }] } }), 'the rule {"wildcard":"*"} for "N"'],
    [image({ n: { N: [{ prefix: ["1"] }] } }), 'the rule {"prefix":["1"]} for "N"'],
    [{ eventName: [{ prefix: "I", suffix: "T" }] }, 'more than one operator in a rule for "eventN'],
    [{ eventName: "INSERT" }, '"eventName" without a list of values'],
    [{ eventName: [] }, '"eventName" without a list of values'],
    [{ $or: { eventName: ["INSERT"] } }, "a $or that is not a list"],
    ["INSERT", "something other than patterns"],
  ])("is refused: %j", (pattern, reason) => {
    expect(() => filterOf([pattern], "the stream event of work")).toThrow(StartError);
    expect(() => filterOf([pattern], "the stream event of work")).toThrow(reason);
  });

  it("is refused with more patterns than Lambda takes", () => {
    expect(() => filterOf(Array(6).fill({}), "it")).toThrow("more than 5");
  });
});
