/**
 * Packaged with tables in the shell. A further gateway is told both of another deployment's, and is
 * everything but tables and what reads their stream. A deployment whose Rooms table was restored,
 * or attached again, is told that one and its stream, and reads it.
 */
import { expect, it } from "vitest";
import { functionNames, logicalName } from "./functions.ts";
import type { Packaged } from "./packaged.ts";

export const otherTables = {
  CONNECTIONS_TABLE: "parley-prod-Connections-1A2B",
  ROOMS_TABLE: "parley-prod-Rooms-3C4D",
  TABLES_REGION: "eu-west-1",
};

const restoredStream = "arn:aws:dynamodb:us-east-1:123456789012:table/restored/stream/2026";
export const restoredRooms = { ROOMS_TABLE: "restored", ROOMS_STREAM_ARN: restoredStream };

const streamFunctions = ["fanOut", "announce", "deliver"];

export function describeJoined(packaged: () => Packaged, joined: () => Packaged): void {
  it("lacks the tables, what reads their stream, and nothing else", () => {
    const own = Object.keys(packaged().resources);
    const missing = own.filter((id) => joined().resources[id] === undefined);
    const ofStream = streamFunctions.flatMap((name) =>
      ["LambdaFunction", "LogGroup", "Role"].map((part) => logicalName(name) + part),
    );
    const mappings = ["FanOut", "Announce"].map((name) => `${name}EventSourceMappingDynamodbRooms`);
    const expected = [...ofStream, ...mappings, "UndeliveredQueue", "Connections", "Rooms"];
    expect(missing.sort()).toEqual(expected.sort());
    expect(Object.keys(joined().resources).filter((id) => !own.includes(id))).toEqual([]);
  });

  it("refers to nothing that it lacks", () => {
    for (const each of [packaged(), joined()]) {
      const text = JSON.stringify([each.resources, each.outputs]);
      const names = [...text.matchAll(/<(\w+)(?:\.\w+)?>/g)].map(([, name]) => name ?? "");
      names.push(...Object.values(each.resources).flatMap(({ DependsOn = [] }) => DependsOn));
      const missing = names.filter((name) => each.resources[name] === undefined);
      expect(names.length).toBeGreaterThan(50);
      expect(missing).toEqual([]);
    }
  });

  it("works on the tables that it is told, where they are", () => {
    const all = functionNames.filter((name) => !streamFunctions.includes(name));
    for (const name of all.filter((name) => name !== "authorize")) {
      const found = joined().resources[`${logicalName(name)}LambdaFunction`]?.Properties;
      const { Variables } = found?.["Environment"] as { Variables: Record<string, string> };
      const { ROOMS_TABLE, ...others } = otherTables;
      expect(Variables).toMatchObject(others);
      if (!name.endsWith("connect")) expect(Variables).toMatchObject({ ROOMS_TABLE });
    }
    expect(joined().outputs).toMatchObject({
      ConnectionsTable: { Value: otherTables.CONNECTIONS_TABLE },
      RoomsTable: { Value: otherTables.ROOMS_TABLE },
    });
  });

  it("may use those tables, and make the calls there that the others make on their own", () => {
    const table = "arn:<AWS::Partition>:dynamodb:eu-west-1:<AWS::AccountId>:table";
    const { CONNECTIONS_TABLE, ROOMS_TABLE } = otherTables;
    for (const [id, role] of Object.entries(joined().ofType("AWS::IAM::Role"))) {
      const own = JSON.stringify(packaged().resources[id])
        .replaceAll("<Connections.Arn>", `${table}/${CONNECTIONS_TABLE}`)
        .replaceAll("<Rooms.Arn>", `${table}/${ROOMS_TABLE}`);
      expect(role).toEqual(JSON.parse(own));
    }
    expect(JSON.stringify(joined().resources["SendRole"])).toContain(`${table}/${ROOMS_TABLE}`);
  });

  it("works on tables of its own region, when it is told no other", () => {
    const { SendLambdaFunction } = packaged().resources;
    expect(SendLambdaFunction?.Properties["Environment"]).toMatchObject({
      Variables: { TABLES_REGION: "<AWS::Region>" },
    });
  });
}

/** `restored`: told a Rooms table and its stream, and nothing of Connections. */
export function describeRestored(packaged: () => Packaged, restored: () => Packaged): void {
  it("lacks the Rooms table and nothing else", () => {
    const own = Object.keys(packaged().resources);
    const missing = own.filter((id) => restored().resources[id] === undefined);
    expect(missing).toEqual(["Rooms"]);
  });

  it("delivers to its large rooms: it reads the stream that it is told", () => {
    const { FanOutEventSourceMappingDynamodbRooms: mapping, FanOutRole } = restored().resources;
    expect(mapping?.Properties["EventSourceArn"]).toBe(restoredStream);
    const own = JSON.stringify(packaged().resources["FanOutRole"])
      .replaceAll("<Rooms.StreamArn>", restoredStream)
      .replaceAll(
        "<Rooms.Arn>",
        "arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/restored",
      );
    expect(FanOutRole).toEqual(JSON.parse(own));
  });

  it("works on that table, and on Connections of its own", () => {
    const { SendLambdaFunction } = restored().resources;
    expect(SendLambdaFunction?.Properties["Environment"]).toMatchObject({
      Variables: { ROOMS_TABLE: "restored", CONNECTIONS_TABLE: "<Connections>" },
    });
    expect(restored().outputs).toMatchObject({ RoomsTable: { Value: "restored" } });
  });
}
