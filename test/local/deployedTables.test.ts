/**
 * Which tables a deployment works on must not change by accident. The templates here are as small
 * as they can be; `test/package` asks the same of the packaged one.
 */
import { describe, expect, it } from "vitest";
import type { CompiledTemplate } from "../../local/deploy/compiledTemplate.ts";
import {
  packagedTables,
  refusalOfChange,
  refusalOfTables,
  type Tables,
} from "../../local/deploy/deployedTables.ts";

const own = { isOwn: true, name: "parley-prod-Rooms-1A2B" };
const ownConnections = { isOwn: true, name: "parley-prod-Connections-3C4D" };
const told = (name: string) => ({ isOwn: false, name });
const toMake = { isOwn: true };
const first = { Rooms: toMake, Connections: toMake };
const deployed = { Rooms: own, Connections: ownConnections };
const gateway = { Rooms: told("rooms"), Connections: told("connections") };

describe("a deployment", () => {
  it.each<[string, Tables, Required<Tables>]>([
    ["is the first", {}, first],
    ["is the first, on another's tables", {}, gateway],
    ["keeps its own tables", deployed, first],
    ["keeps those that it was told", gateway, gateway],
  ])("is allowed when it %s", (_case, before, after) => {
    expect(refusalOfChange(before, after, [])).toBeUndefined();
  });

  it.each<[string, Tables, Required<Tables>, RegExp]>([
    ["lets go of its Rooms", deployed, { ...first, Rooms: told("x") }, /let go of its Rooms .* x:/],
    ["deletes its Connections", deployed, { ...first, Connections: told("x") }, /delete its Conn/],
    ["makes new Rooms", gateway, { ...gateway, Rooms: toMake }, /rooms for a new, empty one/],
    ["makes new Connections", gateway, { ...gateway, Connections: toMake }, /new, empty one/],
    ["goes to others' Rooms", gateway, { ...gateway, Rooms: told("x") }, /leave its Rooms/],
    [
      "names its own Rooms, which ends its keeping them",
      deployed,
      { ...first, Rooms: told(own.name) },
      /let go of its Rooms table/,
    ],
  ])("is refused when it %s", (_case, before, after, reason) => {
    expect(refusalOfChange(before, after, [])).toMatch(reason);
  });

  it("may give up one table by its name, and only that one", () => {
    const change = (givenUp: string[]) => refusalOfChange(deployed, gateway, givenUp);
    expect(change([own.name])).toMatch(/delete its Connections table/);
    expect(change([ownConnections.name])).toMatch(/let go of its Rooms table/);
    expect(change([own.name, ownConnections.name])).toBeUndefined();
    expect(change(["parley-dev-Rooms-1A2B", "true", ""])).toMatch(/let go of its Rooms table/);
  });

  it("names the setting to make when it is refused", () => {
    expect(refusalOfChange(gateway, first, [])).toContain(
      "set ROOMS_TABLE: rooms, or GIVE_UP=rooms",
    );
    expect(refusalOfChange(deployed, gateway, [])).toContain("do not set ROOMS_TABLE");
  });
});

const stream = "arn:aws:dynamodb:eu-west-1:123456789012:table/rooms/stream/2026";

/** As serverless.yml has it, of that which is looked at. */
function template({ rooms = "", connections = "", region = "", arn = "" }): CompiledTemplate {
  const variables = {
    ROOMS_TABLE: { "Fn::If": ["OwnRooms", { Ref: "Rooms" }, rooms] },
    CONNECTIONS_TABLE: { "Fn::If": ["OwnConnections", { Ref: "Connections" }, connections] },
    TABLES_REGION: { "Fn::Sub": region || `\${AWS::Region}` },
  };
  const source = { "Fn::If": ["OwnRooms", { "Fn::GetAtt": ["Rooms", "StreamArn"] }, arn] };
  const table = (Condition: string) => ({
    Type: "AWS::DynamoDB::Table",
    Condition,
    Properties: {},
  });
  return {
    Conditions: {
      OwnRooms: { "Fn::Equals": [rooms, ""] },
      OwnConnections: { "Fn::Equals": [connections, ""] },
      IsToldStream: { "Fn::Not": [{ "Fn::Equals": [arn, ""] }] },
      ReadsStream: { "Fn::Or": [{ Condition: "OwnRooms" }, { Condition: "IsToldStream" }] },
    },
    Resources: {
      Rooms: table("OwnRooms"),
      Connections: table("OwnConnections"),
      SendLambdaFunction: {
        Type: "AWS::Lambda::Function",
        Properties: { Environment: { Variables: variables } },
      },
      Mapping: {
        Type: "AWS::Lambda::EventSourceMapping",
        Condition: "ReadsStream",
        Properties: { EventSourceArn: source },
      },
    },
  };
}

describe("the tables of a package", () => {
  it("are its own, or those that it is told", () => {
    expect(packagedTables(template({}))).toEqual(first);
    expect(packagedTables(template({ rooms: "rooms", connections: "connections" }))).toEqual(
      gateway,
    );
  });

  it.each([
    ["its own", {}],
    ["another deployment's", { rooms: "rooms", connections: "c", region: "eu-north-1" }],
    ["restored Rooms and their stream", { rooms: "rooms", arn: stream }],
    ["both, of a deployment that is gone", { rooms: "rooms", connections: "c", arn: stream }],
  ])("can be %s", (_case, told) => {
    expect(refusalOfTables(template(told), "eu-west-1")).toBeUndefined();
  });

  it.each([
    ["Connections alone", { connections: "c" }, /CONNECTIONS_TABLE goes with/],
    ["Rooms whose stream nobody reads", { rooms: "rooms" }, /nobody would deliver to the large/],
    ["a stream without its table", { arn: stream }, /ROOMS_STREAM_ARN goes with/],
    ["the stream of another table", { rooms: "room", arn: stream }, /is no stream of room in/],
    ["a region of no tables", { region: "eu-west-1" }, /TABLES_REGION goes with/],
    [
      "a stream of another region",
      { rooms: "rooms", arn: stream.replace("eu-west-1", "us-east-1") },
      /is no stream of rooms in eu-west-1/,
    ],
  ])("cannot be %s", (_case, told, reason) => {
    expect(refusalOfTables(template(told), "eu-west-1")).toMatch(reason);
  });
});
