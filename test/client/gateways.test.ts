/** Which gateway to use, and what to say of those that failed. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import type { FindGateway } from "../../client/socket.ts";
import { idle } from "./fakeClock.ts";
import type { FakeSockets } from "./fakeSocket.ts";
import { scripted } from "./scripted.ts";

/** A service with these gateways, that gives the first one which did not fail. */
function service(...names: string[]) {
  const asked: string[][] = [];
  const url: FindGateway = (_token, failed) => {
    asked.push([...failed]);
    const gateway = names.find((name) => !failed.includes(name)) ?? String(names[0]);
    return { url: `wss://${gateway}`, gateway };
  };
  return { asked, url };
}
const urls = ({ all }: FakeSockets) => all.map(({ url }) => url);
const draining = {
  type: "disconnect",
  code: "draining",
  message: "This gateway is being emptied.",
  reconnect: true,
  afterMs: 0,
};

describe("a gateway", () => {
  it("that cannot be connected to is named, and another one is used", async () => {
    const { asked, url } = service("a", "b");
    const { client, clock, sockets, welcome } = scripted({ url });
    client.connect();
    await idle();
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome();
    expect(asked).toEqual([[], ["a"]]);
    expect(urls(sockets)).toEqual(["wss://a", "wss://b"]);
  });

  it("that does not open, or does not say hello, has failed as well", async () => {
    const { asked, url } = service("a", "b", "c");
    const { client, clock, sockets } = scripted({ url });
    client.connect();
    await clock.pass(limits.openMs + limits.backoffMs);
    sockets.last().open();
    await clock.pass(limits.replyMs + 2 * limits.backoffMs);
    expect(asked).toEqual([[], ["a"], ["a", "b"]]);
  });

  it("that was good is gone back to twice without asking, and then named", async () => {
    const { asked, url } = service("a", "b");
    const { client, clock, sockets, welcome } = scripted({ url });
    client.connect();
    await idle();
    await welcome();
    for (const _ of Array(1 + limits.gatewayTries)) {
      sockets.last().drop();
      await clock.next();
    }
    expect(asked).toEqual([[], ["a"]]);
    expect(urls(sockets)).toEqual(["wss://a", "wss://a", "wss://a", "wss://b"]);
  });

  it("is asked for again after most of two hours, for there may be new ones", async () => {
    const { asked, url } = service("a");
    const here = scripted({ url });
    here.client.connect();
    await idle();
    await here.welcome();
    while (here.sockets.all.length === 1) {
      expect(here.clock.nowMs()).toBeLessThan(limits.gatewayMs);
      await here.clock.next();
      for (const ping of here.sockets.all[0]?.sent.slice(-1) ?? []) {
        await here.answer(ping, { type: "pong", atMs: 0 });
      }
    }
    expect(asked).toEqual([[], []]);
  });

  it("is gone back to when nobody can be asked for another one", async () => {
    let isDown = false;
    const url: FindGateway = () => {
      if (isDown) throw new Error("no answer");
      return { url: "wss://a", gateway: "a" };
    };
    const { client, clock, sockets } = scripted({ url });
    client.connect();
    await idle();
    isDown = true;
    for (const _ of Array(5)) {
      sockets.last().drop();
      await clock.next();
    }
    expect(urls(sockets)).toEqual(Array(6).fill("wss://a"));
  });

  it("that is draining is left for another one, and forgotten once that is good", async () => {
    const { asked, url } = service("a", "b");
    const { client, clock, sockets, welcome, receive } = scripted({ url });
    client.connect();
    await idle();
    await welcome();
    await receive(draining);
    await clock.next();
    await welcome();
    for (const _ of Array(1 + limits.gatewayTries)) {
      sockets.last().drop();
      await clock.next();
    }
    expect(asked).toEqual([[], ["a"], ["b"]]);
  });

  it("that is draining is not gone back to, not even when nobody can be asked", async () => {
    let asked = 0;
    const url: FindGateway = () => {
      asked += 1;
      if (asked === 2) throw new Error("no answer");
      return { url: "wss://a", gateway: "a" };
    };
    const { client, clock, sockets, welcome, receive } = scripted({ url });
    client.connect();
    await idle();
    await welcome();
    await receive(draining);
    await clock.next();
    expect([asked, sockets.all.length]).toEqual([2, 1]);
  });

  it("is named once however often it fails, and only so many are", async () => {
    const all = Array.from({ length: limits.failedGateways + 1 }, (_, index) => `g${index}`);
    const { asked, url } = service(...all);
    const { client, clock, sockets } = scripted({ url });
    client.connect();
    await idle();
    for (let index = 0; index < 2 * limits.failedGateways; index += 1) {
      sockets.last().drop();
      await clock.next();
    }
    for (const failed of asked) {
      expect(new Set(failed).size).toBe(failed.length);
      expect(failed.length).toBeLessThanOrEqual(limits.failedGateways);
    }
  });

  it("that is the only one well of thirty is found in the end", async () => {
    const { asked, url } = service(...Array.from({ length: 30 }, (_, index) => `g${index}`));
    const { client, clock, sockets } = scripted({ url });
    client.connect();
    await idle();
    while (sockets.last().url !== "wss://g29" && asked.length <= 30) {
      sockets.last().drop();
      await clock.next();
    }
    expect(asked).toHaveLength(30);
  });

  it("that was only besieged gets its turn again, when all others are down", async () => {
    const { url } = service("down", "besieged");
    const { client, clock, sockets } = scripted({ url });
    client.connect();
    await idle();
    for (const _ of Array(5)) {
      sockets.last().drop();
      await clock.next();
    }
    expect(urls(sockets).map((place) => place.slice(6))).toEqual([
      ...["down", "besieged"],
      ...["down", "besieged"],
      ...["down", "besieged"],
    ]);
  });

  it("is not blamed when none is to be had, nor one without a name", async () => {
    const asked: (readonly string[])[] = [];
    const url: FindGateway = (_token, failed) => {
      asked.push(failed);
      if (asked.length === 1) throw new Error("no answer");
      return "wss://nameless";
    };
    const { client, clock, sockets } = scripted({ url });
    client.connect();
    await clock.next();
    for (let end = 0; end < 2; end += 1) {
      sockets.last().drop();
      await clock.next();
    }
    expect(asked).toEqual([[], [], [], []]);
  });
});
