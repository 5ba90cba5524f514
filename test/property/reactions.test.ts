/** However reactions are repeated, taken back and overtake each other, counts are right. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { ask, codeOf } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";

const emoji = ["👍", "❤️"];
/** One frame, which comes several times, some of them at once with the next ones. */
const frame = fc.record({
  by: fc.nat(2),
  emoji: fc.constantFrom(...emoji),
  on: fc.boolean(),
  copies: fc.integer({ min: 1, max: 3 }),
});

async function scene() {
  const here = world();
  const users = await Promise.all(["alice", "bob", "carol"].map((user) => here.as(user)));
  for (const user of users) await ask(here, user, "join", { room: "general" });
  await ask(here, users[0] ?? (await here.as("alice")), "send", { room: "general", text: "hi" });
  return { here, users };
}

describe("reactions", () => {
  it("a hundred toggles with duplicated frames count 0 or 1, as the last one says", async () => {
    const { here, users } = await scene();
    const [alice] = users;
    if (!alice) throw new Error("alice is missing");
    for (let n = 1; n <= 100; n += 1) {
      const on = n % 2 === 1;
      const fields = { room: "general", seq: 1, emoji: "👍", on };
      const copies = Array.from({ length: 3 }, () => ask(here, alice, "react", fields));
      expect((await Promise.all(copies)).map(codeOf)).toEqual(copies.map(() => "reacted"));
      const message = (await here.ports.log.find("general", 1)) as MessageEvent;
      expect(message.reactions ?? []).toEqual(
        on ? [{ emoji: "👍", count: 1, users: ["alice"] }] : [],
      );
    }
  });

  it("of several users at once are counted as they are kept", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (frames) => {
        const { here, users } = await scene();
        const asked = frames.flatMap(({ by, copies, ...fields }) =>
          Array.from({ length: copies }, () => {
            const user = users[by];
            return user && ask(here, user, "react", { room: "general", seq: 1, ...fields });
          }),
        );
        await Promise.all(asked);
        const kept = await here.ports.reactions.list("general", 1, { limit: 100 });
        const message = (await here.ports.log.find("general", 1)) as MessageEvent;
        for (const one of emoji) {
          const count = kept.filter((user) => user.emoji.some((its) => its.emoji === one)).length;
          const counted = message.reactions?.find((reaction) => reaction.emoji === one);
          expect(counted?.count ?? 0).toBe(count);
        }
      }),
      { numRuns: 100 },
    );
  });
});
