/** From a write to a function that another invoked: the same service on both emulators. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasJava } from "../java.ts";
import { type StreamingService, startFaithful, startOffline } from "./running.ts";

// Each emulator with another database, where both can run: streams.test.ts compares the databases.
const combinations = [
  ["dynalite", "serverless offline", startOffline],
  [hasJava ? "local" : "dynalite", "the faithful gateway", startFaithful],
] as const;

describe.each(combinations)("on %s, %s", (kind, _, start) => {
  let service: StreamingService;
  beforeAll(async () => {
    service = await start(kind);
  });
  afterAll(() => service.stop());

  it("delivers a stream to its function, which invokes another and waits for it", async () => {
    await service.put("one");
    expect(await service.delivered("one")).toContain("one");
  });

  it("delivers a stream to a function that does not wait for the one it invokes", async () => {
    await service.put("later", { how: { S: "event" } });
    expect(await service.delivered("later")).toContain("later");
  });

  it("delivers no record that the filter leaves out", async () => {
    await service.put("direct", { delivery: { S: "direct" } });
    await service.put("one", { other: { S: "changed" } });
    await service.put("two");
    const delivered = await service.delivered("two");
    expect(delivered).not.toContain("direct");
    expect(delivered.filter((name) => name === "one")).toHaveLength(1);
  });

  it("goes on after records that always fail, and reports each in one line", async () => {
    await service.put("bad", { how: { S: "throw" } });
    await service.put("worse", { how: { S: "fail" } });
    const names = Array.from({ length: 30 }, (_, i) => `after ${i}`);
    for (const name of names) await service.put(name);
    await service.delivered(...names);
    // How often each was tried depends on what was read together with it.
    const given =
      /^gave up 1 record of the stream for the function fanOut after \d+ invocations? (.*)$/gm;
    const lines = () => [...service.complaints().matchAll(given)].map(([, why]) => why).sort();
    await expect
      .poll(lines)
      .toEqual([
        expect.stringMatching(/^\(RetryAttemptsExhausted\): Error: on purpose/),
        "(RetryAttemptsExhausted): the function reported failed items",
      ]);
  });

  it("answers an invocation with what the function returned", async () => {
    const event = { nested: ["é", 1, null] };
    expect(await service.invoke("obey", event)).toEqual({
      status: 200,
      functionError: undefined,
      payload: { statusCode: 200, event },
    });
    expect((await service.invoke("obey")).payload).toEqual({ statusCode: 200, event: {} });
  });

  it("answers an invocation with what the function threw, marked as an error", async () => {
    const { status, functionError, payload } = await service.invoke("obey", { how: "throw" });
    expect({ status, functionError }).toEqual({ status: 200, functionError: "Unhandled" });
    expect(payload).toMatchObject({ errorMessage: "on purpose", trace: expect.any(Array) });
  });

  it("answers an asynchronous invocation before it runs", async () => {
    const { status, payload } = await service.invoke("deliver", { name: "async" }, "Event");
    expect({ status, payload }).toEqual({ status: 202, payload: null });
    await service.delivered("async");
  });

  it("invokes no function by a name that it does not have", async () => {
    await expect(service.invoke("nobody")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      $metadata: { httpStatusCode: 404 },
    });
  });
});
