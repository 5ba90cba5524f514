/**
 * Our signature against the AWS SDK's, byte for byte, on what its client really sends: the client
 * does all its work and hands the request over instead of sending it. Once with the headers that
 * the SDK chooses, and once with those that our poster sends and no others.
 */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { HttpResponse } from "@smithy/core/protocols";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseEndpoint } from "../../lib/adapters/apigateway/endpoint.ts";
import { type Method, signer } from "../../lib/adapters/apigateway/signer.ts";
import {
  authorization,
  type Credentials,
  payloadHash,
  signedHeaders,
  signingDate,
  signingKey,
} from "../../lib/adapters/aws/signature.ts";
import { signedBySdk } from "../support/sdkSignature.ts";

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEX=" };
const plain = {
  endpoint: "https://abcdef1234.execute-api.us-east-1.amazonaws.com/prod",
  id: "L0SM9cOFvHcCIhw=",
  body: '{"type":"pong","atMs":1}',
  at: "2026-11-22T00:53:10Z",
  credentials: keys as Credentials,
};
const withToken = (sessionToken: string) => ({ credentials: { ...keys, sessionToken } });

const cases: [string, Partial<typeof plain>][] = [
  ["a stage, and an id that ends in =", {}],
  ["an id with +", { id: "a+b+c=" }],
  ["an id with /", { id: "a/b//c=" }],
  ["an id with % and what looks like an escape", { id: "100%=%3D" }],
  ["an id of what only SigV4 escapes", { id: "-_.~!'()*" }],
  ["an id outside of ASCII", { id: "é—💬=" }],
  ["an id of one dot", { id: "." }],
  ["an id of two dots", { id: ".." }],
  ["an id that AWS could have made, many times over", { id: "Ab-_9+/=".repeat(30) }],
  ["a custom domain, without a stage", { endpoint: "https://ws.example.com" }],
  ["a custom domain with a mapping", { endpoint: "https://ws.example.com/chat/v1" }],
  ["a stage outside of ASCII, with a space", { endpoint: "https://ws.example.com/é x" }],
  ["a domain in capitals", { endpoint: "https://WS.Example.COM/Prod" }],
  ["localhost with a port", { endpoint: "http://localhost:3001" }],
  ["an IPv4 address with a port and a stage", { endpoint: "http://127.0.0.1:3001/local" }],
  ["an IPv6 address", { endpoint: "http://[::1]:3001" }],
  ["the protocol's own port, said", { endpoint: "https://ws.example.com:443" }],
  ["http's own port, said", { endpoint: "http://ws.example.com:80/prod" }],
  ["another protocol's port", { endpoint: "https://ws.example.com:80" }],
  ["a session token", withToken("IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJ+/==")],
  ["a token with spaces in it", withToken("a  b c")],
  ["an empty body", { body: "" }],
  ["a Unicode body", { body: '{"text":"Grüße, 世界 👩‍👩‍👧"}' }],
  ["a body of 32 KB", { body: "x".repeat(32 * 1024) }],
  ["another region", { endpoint: "https://a1.execute-api.eu-central-1.amazonaws.com/prod" }],
  ["China", { endpoint: "https://a1.execute-api.cn-north-1.amazonaws.com.cn/prod" }],
  ["GovCloud", { endpoint: "https://a1.execute-api.us-gov-west-1.amazonaws.com/prod" }],
  ["the last second of a day", { at: "2026-12-31T23:59:59.999Z" }],
  ["the first second of a day", { at: "2027-01-01T00:00:00Z" }],
  ["a leap day", { at: "2028-02-29T12:00:00Z" }],
];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(["POST", "DELETE"] as const)("a signed %s", (method) => {
  describe.each(cases)("with %s", (_, changes) => {
    const what = { ...plain, ...changes };
    beforeEach(() => {
      vi.setSystemTime(new Date(what.at));
    });

    it("has the SDK's signature for the SDK's headers", async () => {
      const sent = await sentBySdk(method, what);
      const { authorization: expected = "" } = sent.headers;
      const names = /SignedHeaders=([^,]+)/.exec(expected)?.[1]?.split(";") ?? [];
      const headers = Object.fromEntries(names.map((name) => [name, sent.headers[name] ?? ""]));
      const date = signingDate(Date.now());
      expect(headers["x-amz-date"]).toBe(date);
      const signable = {
        method,
        path: sent.path,
        headers: signedHeaders(headers),
        payloadHash: payloadHash(bodyOf(method, what)),
      };
      const key = signingKey(what.credentials, date, {
        region: regionOf(what),
        service: "execute-api",
      });
      expect(authorization(signable, date, key)).toBe(expected);
    });

    it("goes where the SDK's goes", async () => {
      const { protocol, hostname, port } = await sentBySdk(method, what);
      const endpoint = parseEndpoint(what.endpoint, "us-west-2");
      expect(endpoint.isTls).toBe(protocol === "https:");
      expect(endpoint.port).toBe(port ?? (protocol === "https:" ? 443 : 80));
      expect(endpoint.hostname).toBe(hostname.replace(/[[\]]/g, ""));
    });

    it("has the SDK's path and host, and its signer's signature for our headers", async () => {
      const theirs = await sentBySdk(method, what);
      const endpoint = parseEndpoint(what.endpoint, "us-west-2");
      const body = bodyOf(method, what);
      const sign = signer(endpoint, async () => what.credentials);
      const { path, headers: inTurn } = await sign(method, what.id, body);
      const ours = Object.fromEntries(pairs(inTurn));
      expect({ path, host: ours["host"] }).toEqual({
        path: theirs.path,
        host: theirs.headers["host"],
      });
      const { authorization: signature, "content-length": length, ...signed } = ours;
      expect(length).toBe(String(body.length));
      const scope = { region: regionOf(what), service: "execute-api" };
      const { credentials } = what;
      expect(signature).toBe(
        await signedBySdk({ method, path, headers: signed, body }, { ...scope, credentials }),
      );
    });
  });
});

describe("a signed request", () => {
  it("is signed with the key of its own day", async () => {
    const sign = signer(parseEndpoint(plain.endpoint, "us-east-1"), async () => keys);
    const scopes: (string | undefined)[] = [];
    for (const at of ["2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"]) {
      vi.setSystemTime(new Date(at));
      const { headers } = await sign("POST", plain.id, new Uint8Array());
      scopes.push(/Credential=[^/]+\/(\d+)/.exec(headers.join())?.[1]);
    }
    expect(scopes).toEqual(["20261231", "20270101"]);
  });

  it("is signed with new credentials a second after there are some", async () => {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { ...keys, accessKeyId: `AKID${asked}` };
    };
    const sign = signer(parseEndpoint(plain.endpoint, "us-east-1"), credentials);
    const keyAt = async (at: string) => {
      vi.setSystemTime(new Date(at));
      const { headers } = await sign("POST", plain.id, new Uint8Array());
      return /Credential=([^/]+)/.exec(headers.join())?.[1];
    };
    expect(await keyAt("2026-11-22T00:00:00.000Z")).toBe("AKID1");
    expect(await keyAt("2026-11-22T00:00:00.999Z")).toBe("AKID1");
    expect(await keyAt("2026-11-22T00:00:01.000Z")).toBe("AKID2");
  });
});

const bodyOf = (method: Method, { body }: typeof plain) =>
  new TextEncoder().encode(method === "POST" ? body : "");

const regionOf = ({ endpoint }: typeof plain) => parseEndpoint(endpoint, "us-west-2").region;

interface Sent {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
}

/** What the SDK's client sends. */
async function sentBySdk(method: Method, what: typeof plain): Promise<Sent> {
  let sent: Sent | undefined;
  const handle = async (request: Sent) => {
    sent = request;
    return { response: new HttpResponse({ statusCode: 200 }) };
  };
  const client = new ApiGatewayManagementApiClient({
    endpoint: what.endpoint,
    region: regionOf(what),
    credentials: what.credentials,
    requestHandler: { handle },
  });
  const ConnectionId = what.id;
  if (method === "DELETE") await client.send(new DeleteConnectionCommand({ ConnectionId }));
  else await client.send(new PostToConnectionCommand({ ConnectionId, Data: what.body }));
  if (sent === undefined) throw new Error("the SDK's client sent nothing");
  return sent;
}

function pairs(inTurn: readonly string[]): [string, string][] {
  return inTurn.flatMap((name, index) =>
    index % 2 === 0 ? [[name, inTurn[index + 1] ?? ""] as [string, string]] : [],
  );
}
