/** What one account tries with people whom it does not know, over sockets and HTTP. */
import { describe, expect, it, vi } from "vitest";
import { hourlyAllowance } from "../../lib/actions/allowance.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { memorySpending } from "../support/memory/spending.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, askHttp, here } = await attacked();

/** As many function instances as serve the attacker in turn, over one table. */
const instances = (() => {
  const { clock, report } = here.ports;
  const spending = memorySpending();
  return Array.from({ length: 12 }, () => hourlyAllowance({ spending, clock, report }));
})();
let asked = 0;
here.ports.allowance = (...deed) => {
  asked += 1;
  return (instances[asked % instances.length] ?? here.ports.allowance)(...deed);
};

const post = "POST /rooms/{room}/messages";
const most = (deed: keyof typeof limits.perHour) =>
  limits.perHour[deed] + instances.length * (limits.perHour[deed] / 10 + 1);

describe("an account that is new to everybody", () => {
  it("reaches few strangers, over a socket and HTTP together", async () => {
    const spammer = await here.as("spammer");
    const token = await signed({ sub: "spammer" });
    let accepted = 0;
    for (let n = 0; n < 150; n += 1) {
      const room = `dm:spammer:victim-${n}`;
      const codes = codesOf(await ask(spammer, { action: "send", room, text: "buy" }));
      const path = { room: `dm:spammer:victim-http-${n}` };
      const { status } = await askHttp(post, { token, path, body: { text: "buy" } });
      accepted += codes.filter((code) => code === "ack").length + (status === 201 ? 1 : 0);
    }
    expect(accepted).toBeGreaterThanOrEqual(limits.perHour.strangers);
    expect(accepted).toBeLessThanOrEqual(most("strangers"));
  });

  it("learns of nobody whether they are online, by who and focus", async () => {
    const mallory = await here.as("mallory");
    await here.as("alice");
    await here.as("alice");
    const room = "dm:alice:mallory";
    const look = async () => [
      ...(await ask(mallory, { action: "who", room })),
      ...(await ask(mallory, { action: "focus", rooms: [room] })),
    ];
    expect(JSON.stringify(await look())).not.toContain('"user":"alice"');
    await ask(mallory, { action: "send", room, text: "are you there?" });
    expect(JSON.stringify(await look())).not.toContain('"user":"alice"');
  });

  it("reaches nobody who has blocked it, over a socket and HTTP", async () => {
    const [alice, mallory] = [await here.as("alice"), await here.as("mallory")];
    await ask(alice, { action: "block", user: "mallory", on: true });
    here.received(alice);
    const room = "dm:alice:mallory";
    const sent = await ask(mallory, { action: "send", room, text: "hi" });
    expect(codesOf(sent)).toEqual(["forbidden"]);
    const token = await signed({ sub: "mallory" });
    const answer = await askHttp(post, { token, path: { room }, body: { text: "hi" } });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    expect(here.received(alice)).toEqual([]);
  });
});
