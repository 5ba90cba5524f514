/** A direct room's beginning, and its users' connections'. */
import type { SmallCase } from "../caseShape.ts";
import { direct, toAlice, toBob } from "./frames.ts";

export const handshake410: SmallCase = {
  title: "a post to a connection whose handshake is not over",
  kills: 1,
  rooms: [direct],
  async prepare({ simulation, callerOf, arrive, ask }) {
    await arrive("alice-1");
    return {
      alice: () => ask("alice", "alice-1", toBob),
      bob: async () => {
        const { died } = await simulation.connect("bob", callerOf("bob-1"));
        if (died) return; // the handshake failed
        await ask("bob", "bob-1", { action: "sync", rooms: { [direct]: 0 } });
      },
    };
  },
};

export const directAndHello: SmallCase = {
  title: "the first direct message and its recipient's hello",
  kills: 1,
  rooms: [direct],
  async prepare({ arrive, ask }) {
    await arrive("alice-1");
    await arrive("bob-1");
    return {
      alice: () => ask("alice", "alice-1", toBob),
      bob: () => ask("bob", "bob-1", { action: "hello" }),
    };
  },
};

export const directBothWays: SmallCase = {
  title: "two users' first messages to each other",
  kills: 1,
  rooms: [direct],
  async prepare({ arrive, ask }) {
    await arrive("alice-1");
    await arrive("bob-1");
    return {
      alice: () => ask("alice", "alice-1", toBob),
      bob: () => ask("bob", "bob-1", toAlice),
    };
  },
};
