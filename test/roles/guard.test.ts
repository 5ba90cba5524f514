/** Whether the net that roles.test.ts casts has holes: what a request asks for, and who may. */
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, it, onTestFinished } from "vitest";
import { apiGatewaySockets } from "../../lib/adapters/apigateway/sockets.ts";
import {
  localClient,
  localCredentials,
  localRegion,
} from "../../local/emulator/database/tables.ts";
import { fakeGateway } from "../support/fakeGateway.ts";
import { actionsOf, type Service } from "./calls.ts";
import { type Grant, guardOf } from "./grants.ts";
import { functionArn, tableArn } from "./localNames.ts";
import { roleProxy } from "./roleProxy.ts";

const grant = (functionName: string, action: string, resource: string): Grant => ({
  functionName,
  action,
  resource,
  line: "",
});

describe("a request to the tables", () => {
  const asked = (operation: string, body: object) =>
    actionsOf.dynamodb({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(body),
    });

  it("asks for its action on its table", () => {
    expect(asked("GetItem", { TableName: "rooms" })).toEqual([
      { action: "dynamodb:GetItem", resource: tableArn("rooms") },
    ]);
  });

  it("asks for the index alone when it queries one", () => {
    expect(asked("Query", { TableName: "rooms", IndexName: "members" })).toEqual([
      { action: "dynamodb:Query", resource: `${tableArn("rooms")}/index/members` },
    ]);
  });

  it("asks for every table of a batch", () => {
    expect(asked("BatchGetItem", { RequestItems: { rooms: {}, others: {} } })).toEqual([
      { action: "dynamodb:BatchGetItem", resource: tableArn("rooms") },
      { action: "dynamodb:BatchGetItem", resource: tableArn("others") },
    ]);
  });

  it("asks for every table there is when it names none", () => {
    expect(asked("TransactWriteItems", { TransactItems: [] })).toEqual([
      { action: "dynamodb:TransactWriteItems", resource: tableArn("*") },
    ]);
  });
});

it("tells posting to a connection from closing it", () => {
  const [asked] = actionsOf["execute-api"]({
    method: "DELETE",
    url: "/@connections/a%3D",
    headers: {},
    body: "",
  });
  const allows = (resource: string) =>
    guardOf([grant("send", "execute-api:ManageConnections", resource)]).allows({
      functionName: "send",
      action: "",
      resource: "",
      ...asked,
    });
  expect(allows("arn:aws:execute-api:*:000000000000:*/*/DELETE/@connections/*")).toBe(true);
  expect(allows("arn:aws:execute-api:*:000000000000:*/*/POST/@connections/*")).toBe(false);
});

describe("a guard", () => {
  const getRooms = grant("http", "dynamodb:GetItem", tableArn("rooms"));
  const call = { functionName: "http", action: "dynamodb:GetItem", resource: tableArn("rooms") };

  it("allows what is granted, and notes that it was used", () => {
    const guard = guardOf([getRooms]);
    expect(guard.allows(call)).toBe(true);
    expect([...guard.used]).toEqual([getRooms]);
    expect(guard.refused).toEqual([]);
  });

  it.each([
    ["another function", { functionName: "send" }],
    ["another action", { action: "dynamodb:Query" }],
    ["another table", { resource: tableArn("connections") }],
    ["a table whose name begins the same", { resource: tableArn("rooms-2") }],
    ["the table's index", { resource: `${tableArn("rooms")}/index/members` }],
    ["all tables", { resource: tableArn("*") }],
  ])("refuses %s, and says what", (_, other) => {
    const guard = guardOf([getRooms]);
    expect(guard.allows({ ...call, ...other })).toBe(false);
    expect(guard.refused).toHaveLength(1);
  });

  it("refuses what was taken away, until it is given back", () => {
    const guard = guardOf([getRooms]);
    guard.take(getRooms);
    expect(guard.allows(call)).toBe(false);
    guard.giveBack();
    expect(guard.allows(call)).toBe(true);
    expect(guard.refused).toEqual([]);
  });
});

describe("a refused call", async () => {
  const endpoints: Record<Service, string> = { dynamodb: "", "execute-api": "", lambda: "" };
  const denied = (status: number) => ({
    name: "AccessDeniedException",
    message: expect.stringContaining("is not authorized to perform"),
    $metadata: { httpStatusCode: status },
  });
  const started = async (grants: Grant[] = [], targets = endpoints) => {
    const proxy = await roleProxy(guardOf(grants), targets);
    onTestFinished(() => proxy[Symbol.asyncDispose]());
    return proxy.url;
  };
  const sessionToken = "send";

  it("is AccessDeniedException, 400, from DynamoDB", async () => {
    const client = localClient(await started());
    const Key = { pk: { S: "a" }, sk: { S: "a" } };
    const asked = client.send(new GetItemCommand({ TableName: "rooms", Key }));
    await expect(asked).rejects.toMatchObject(denied(400));
    client.destroy();
  });

  it("is AccessDeniedException, 403, from Lambda", async () => {
    const credentials = { ...localCredentials, sessionToken };
    const lambda = new LambdaClient({
      endpoint: await started([grant("send", "lambda:InvokeFunction", functionArn("other"))]),
      region: localRegion,
      credentials,
    });
    const asked = lambda.send(new InvokeCommand({ FunctionName: "deliver" }));
    await expect(asked).rejects.toMatchObject(denied(403));
    lambda.destroy();
  });

  it("is what our poster knows as refused from the management API", async () => {
    const gateway = await fakeGateway();
    gateway.release(200);
    const granted = grant("send", "execute-api:ManageConnections", "*/POST/@connections/*");
    const to = { ...endpoints, "execute-api": gateway.url };
    const post = (url: string, token: string) =>
      apiGatewaySockets({
        region: localRegion,
        credentials: async () => ({ ...localCredentials, sessionToken: token }),
      }).post(
        { gateway: url, connectionId: "a=" },
        new TextEncoder().encode('{"type":"pong"}'),
        60_000,
      );
    const url = await started([granted], to);
    expect(await post(url, "send")).toBe("delivered");
    expect(await post(url, "http")).toBe("refused");
  });
});
