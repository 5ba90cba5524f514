/**
 * From a write to a function that another invoked, on both emulators: the same service, the same.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasJava } from "../java.ts";
import {
  type DatabaseKind,
  type StreamingService,
  startFaithful,
  startOffline,
} from "./running.ts";

const emulators = [
  ["serverless offline", startOffline],
  ["the faithful gateway", startFaithful],
] as const;
const kinds: DatabaseKind[] = hasJava ? ["dynalite", "local"] : ["dynalite"];
const combinations = emulators.flatMap(([name, start]) =>
  kinds.map((kind) => [kind, name, start] as const),
);

describe.each(combinations)("a stream of %s on %s", (kind, _, start) => {
  let service: StreamingService;
  beforeAll(async () => {
    service = await start(kind);
  });
  afterAll(() => service.stop());

  it("reaches its function, which invokes another and waits for it", async () => {
    await service.put("one");
    expect(await service.delivered("one")).toContain("one");
  });

  it("reaches one that does not wait, too", async () => {
    await service.put("later", { how: { S: "event" } });
    expect(await service.delivered("later")).toContain("later");
  });

  it("does not reach it with what its filter leaves out", async () => {
    await service.put("direct", { delivery: { S: "direct" } });
    await service.put("one", { other: { S: "changed" } });
    await service.put("two");
    const delivered = await service.delivered("two");
    expect(delivered).not.toContain("direct");
    expect(delivered.filter((name) => name === "one")).toHaveLength(1);
  });

  it("goes on after records that fail for ever, and says so in a line each", async () => {
    await service.put("bad", { how: { S: "throw" } });
    await service.put("worse", { how: { S: "fail" } });
    const names = Array.from({ length: 30 }, (_, i) => `after ${i}`);
    for (const name of names) await service.put(name);
    await service.delivered(...names);
    // How often each was tried depends on what was read together with it.
    const given =
      /^the function fanOut was spared 1 record of its stream after \d+ invocations? (.*)$/gm;
    const lines = () => [...service.complaints().matchAll(given)].map(([, why]) => why).sort();
    await expect
      .poll(lines)
      .toEqual([
        expect.stringMatching(/^\(RetryAttemptsExhausted\): Error: on purpose/),
        "(RetryAttemptsExhausted): the function reported failed items",
      ]);
  });
});

describe.each(emulators)("Invoke on %s", (_, start) => {
  let service: StreamingService;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(() => service.stop());

  it("answers with what the function returned", async () => {
    const event = { nested: ["é", 1, null] };
    expect(await service.invoke("obey", event)).toEqual({
      status: 200,
      functionError: undefined,
      payload: { statusCode: 200, event },
    });
    expect((await service.invoke("obey")).payload).toEqual({ statusCode: 200, event: {} });
  });

  it("answers with what it threw, marked", async () => {
    const { status, functionError, payload } = await service.invoke("obey", { how: "throw" });
    expect({ status, functionError }).toEqual({ status: 200, functionError: "Unhandled" });
    expect(payload).toMatchObject({ errorMessage: "on purpose", trace: expect.any(Array) });
  });

  it("answers an asynchronous one before it runs", async () => {
    const { status, payload } = await service.invoke("deliver", { name: "async" }, "Event");
    expect({ status, payload }).toEqual({ status: 202, payload: null });
    await service.delivered("async");
  });

  it("knows no function by another name", async () => {
    await expect(service.invoke("nobody")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      $metadata: { httpStatusCode: 404 },
    });
  });
});
