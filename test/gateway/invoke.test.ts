/** Lambda's Invoke API of the faithful gateway: who may invoke what, how much, and how often. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { GatewayLimits } from "../../local/emulator/gateway/limits.ts";
import { type Faithful, startFaithful } from "../local/streams/running.ts";

const start = async (limits: Partial<GatewayLimits>): Promise<Faithful> => {
  const service = await startFaithful("dynalite", { limits });
  onTestFinished(service.stop);
  return service;
};
const error = (status: number, name: string) => ({ name, $metadata: { httpStatusCode: status } });

/** A request of one's own making. */
async function invokeAs({ lambdaEndpoint: endpoint }: Faithful, name: string, changes: object) {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const options = { endpoint, region: "us-east-1", maxAttempts: 1, credentials, ...changes };
  const client = new LambdaClient(options);
  onTestFinished(() => client.destroy());
  return client.send(new InvokeCommand({ FunctionName: name, Payload: '{"name":"x"}' }));
}

describe("Invoke", () => {
  let service: Faithful;
  beforeAll(async () => {
    service = await startFaithful("dynalite", { limits: { asyncRetryDelaysMs: [1, 1] } });
  });
  afterAll(() => service.stop());

  it("knows a function by its name, its deployed name and its ARN", async () => {
    const arn = "arn:aws:lambda:us-east-1:000000000000:function:streaming-local-deliver";
    for (const name of ["deliver", "streaming-local-deliver", arn]) {
      const { Payload } = await invokeAs(service, name, {});
      expect(Payload?.transformToString()).toBe('{"name":"x"}');
    }
  });

  it("accepts requests that are signed for Lambda, and no others", async () => {
    const other = { credentials: { accessKeyId: "local", secretAccessKey: "other" } };
    await expect(invokeAs(service, "deliver", other)).rejects.toMatchObject(
      error(403, "InvalidSignatureException"),
    );
    const unsigned = await fetch(
      `${service.lambdaEndpoint}/2015-03-31/functions/deliver/invocations`,
      { method: "POST", body: "{}" },
    );
    expect(unsigned.status).toBe(403);
    expect(unsigned.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
    expect((await fetch(service.lambdaEndpoint)).status).toBe(404);
  });

  it("lets a function invoke what its role allows, and no more", async () => {
    await service.put("allowed");
    await service.delivered("allowed");
    const { payload } = await service.invoke("obey", { how: "invoke" });
    expect(payload).toEqual({ name: "AccessDeniedException", status: 403 });
  });

  it("accepts a payload up to its limit, which is lower for asynchronous invocations", async () => {
    const service = await start({ payloadBytes: 2000, asyncPayloadBytes: 1000 });
    const event = (bytes: number) => ({ text: "x".repeat(bytes - '{"text":""}'.length) });
    const tooLarge = error(413, "RequestTooLargeException");
    expect((await service.invoke("obey", event(1900))).status).toBe(200);
    await expect(service.invoke("obey", event(2001))).rejects.toMatchObject(tooLarge);
    await expect(service.invoke("obey", event(20_000))).rejects.toMatchObject(tooLarge);
    expect((await service.invoke("obey", event(1000), "Event")).status).toBe(202);
    await expect(service.invoke("obey", event(1001), "Event")).rejects.toMatchObject(tooLarge);
  });

  it("reports an answer that is too large as an error of the function", async () => {
    const service = await start({ payloadBytes: 2000 });
    expect(await service.invoke("obey", { how: "return", bytes: 2000 })).toMatchObject({
      status: 200,
      functionError: "Unhandled",
      payload: { errorType: "Function.ResponseSizeTooLarge" },
    });
  });

  it.each([
    ["throws", "obey", "throw", { errorType: "TypeError", errorMessage: "on purpose" }],
    ["takes too long", "impatient", "hang", { errorType: "Sandbox.Timedout" }],
    ["ends its process", "obey", "exit", { errorType: "Runtime.ExitError" }],
  ])("reports a function that %s", async (_, functionName, how, payload) => {
    const answer = await service.invoke(functionName, { how });
    expect(answer).toMatchObject({ status: 200, functionError: "Unhandled", payload });
  });

  it("retries a failed asynchronous invocation twice", async () => {
    service.failures.length = 0;
    const { status } = await service.invoke("obey", { how: "fail twice", id: "third" }, "Event");
    expect(status).toBe(202);
    await service.delivered("third");
    expect(service.failures).toHaveLength(2);
  });

  it("does not retry it a third time", async () => {
    service.failures.length = 0;
    await service.invoke("obey", { how: "throw" }, "Event");
    while (service.failures.length < 3) await service.invoke("obey");
    for (let i = 0; i < 5; i++) await service.invoke("obey");
    expect(service.failures).toHaveLength(3);
  });

  it("runs nothing on a dry run", async () => {
    service.failures.length = 0;
    expect((await service.invoke("obey", { how: "throw" }, "DryRun")).status).toBe(204);
    expect(service.failures).toEqual([]);
  });

  it("refuses invocations beyond those that may run and wait", async () => {
    const service = await start({ processes: 1, waiting: 1 });
    // Which of them comes last is not for us to say. The others end with the service.
    const refused = await new Promise((answer) => {
      for (let i = 0; i < 3; i++) service.invoke("patient", { how: "hang" }).then(answer, answer);
    });
    expect(refused).toMatchObject(error(429, "TooManyRequestsException"));
  });
});

describe("a function that waits for another", () => {
  it("leaves room for it, however few processes are allowed", async () => {
    const service = await start({ processes: 1 });
    const names = Array.from({ length: 12 }, (_, i) => `${i}`);
    let most = 0;
    const count = setInterval(() => {
      most = Math.max(most, service.processes().length);
    }, 2);
    await Promise.all(names.map((name) => service.put(name)));
    await service.delivered(...names);
    clearInterval(count);
    expect(service.failures).toEqual([]);
    expect(most).toBe(2);
    while (service.processes().length > 1) await new Promise(setImmediate);
  });
});
