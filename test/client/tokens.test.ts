/** Tokens that somebody has to sign in for: called for once, and waited for. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { idle } from "./fakeClock.ts";
import { scripted } from "./scripted.ts";

describe("a client", () => {
  it("waits for a token that takes a sign-in window's time, and calls for it once", async () => {
    const issue: ((token: string) => void)[] = [];
    const token = () => new Promise<string>((resolve) => void issue.push(resolve));
    const { client, clock, sockets, told, welcome } = scripted({ token });
    client.connect();
    await clock.pass(10 * limits.openMs);
    client.connect();
    await idle();
    expect([issue.length, client.status]).toEqual([1, "connecting"]);
    issue[0]?.("signed-in");
    await idle();
    expect(sockets.last().protocols).toContain("parley.token.signed-in");
    await welcome();
    expect(told.map(([, change]) => (change as { status: string }).status)).toEqual([
      "connecting",
      "live",
    ]);
  });

  it("calls for one token at a time, also when closed and connected meanwhile", async () => {
    const issue: ((token: string) => void)[] = [];
    const token = () => new Promise<string>((resolve) => void issue.push(resolve));
    const { client, clock, sockets } = scripted({ token });
    client.connect();
    client.close();
    client.connect();
    await idle();
    expect(issue).toHaveLength(1);
    issue[0]?.("one");
    await idle();
    expect(sockets.all).toHaveLength(1);
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    expect(issue).toHaveLength(2); // of a token that was used there is none left
  });
});
