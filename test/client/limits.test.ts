/** What the client's limits owe to the service's, to its gateway's, and to each other. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { limits as serviceLimits } from "../../lib/protocol/limits.ts";

describe("the client's limits", () => {
  it("are those of the service where they are said to be", () => {
    expect(limits.frameBytes).toBe(serviceLimits.frameBytes);
    expect(limits.syncRooms).toBe(serviceLimits.syncRooms);
    expect(limits.syncNameBytes).toBe(serviceLimits.syncNameBytes);
    expect(limits.presenceUsers).toBe(serviceLimits.whoSubscriptions);
    expect(limits.focusRooms).toBe(serviceLimits.focusRooms);
    expect(limits.typingEveryMs).toBe(serviceLimits.typingEveryMs);
    expect(limits.pageMessages).toBeLessThanOrEqual(serviceLimits.historyLimit);
    expect(limits.failedGateways).toBe(serviceLimits.failedGateways);
  });

  it("keep a connection from idling out at its gateway", () => {
    expect(limits.keepAliveMs).toBeLessThan(10 * 60_000);
  });

  it("leave each step time before the one around it is over", () => {
    expect(limits.replyMs).toBeLessThan(limits.connectedMs);
    expect(limits.askMs).toBeLessThan(limits.openMs);
    expect(limits.probeMs).toBeLessThan(limits.replyMs);
    expect(limits.startOverMs).toBeLessThan(limits.openMs);
    expect(limits.backoffMs).toBeLessThan(limits.backoffMsMax);
  });
});
