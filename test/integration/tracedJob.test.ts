/** A shard's job takes the trace of its fan-out along, so that X-Ray and the lines join the two. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { lambdaWorkers } from "../../lib/adapters/lambda/workers.ts";
import type { ShardJob } from "../../lib/model.ts";

afterEach(() => void vi.unstubAllEnvs());

it("tells Lambda the trace of the invocation that asks", async () => {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    response.end(JSON.stringify({ connections: 1 }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const trace = "Root=1-6566d2a0-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1";
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "key");
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "parley-dev-fanOut");
  vi.stubEnv("_X_AMZN_TRACE_ID", trace);
  const { port } = server.address() as AddressInfo;
  const workers = lambdaWorkers("parley-dev-deliver", `http://127.0.0.1:${port}`);
  expect(await workers.deliver({} as ShardJob)).toEqual({ connections: 1 });
  expect(asked.map((headers) => headers["x-amzn-trace-id"])).toEqual([trace]);
});
