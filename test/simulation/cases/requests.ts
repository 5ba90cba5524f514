/** A stranger's first messages, against what their recipient's devices do. */
import type { SmallCase } from "../caseShape.ts";
import { direct, toAlice, toBob } from "./frames.ts";

const held: Omit<SmallCase, "title" | "prepare"> = {
  holdsRequests: true,
  kills: 1,
  rooms: [direct],
  refusals: ["forbidden", "not_member", "conflict"],
};
const accept = { action: "join", room: direct } as const;
const decline = { action: "decline", room: direct } as const;
const more = { ...toBob, text: "more", cid: "later" };

export const acceptAndDecline: SmallCase = {
  ...held,
  title: "a message request that one device accepts and another declines, and a second message",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "bob-2"]) await arrive(connection);
    await ask("alice", "alice-1", toBob);
    return {
      alice: () => ask("alice", "alice-1", more),
      accept: () => ask("accept", "bob-1", accept),
      decline: () => ask("decline", "bob-2", decline),
    };
  },
};

export const declineAndMore: SmallCase = {
  ...held,
  title: "a message request that is declined, and two messages of its sender's devices",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "alice-2", "bob-1"]) await arrive(connection);
    return {
      alice: () => ask("alice", "alice-1", toBob),
      "alice again": () => ask("alice again", "alice-2", more),
      bob: () => ask("bob", "bob-1", decline),
    };
  },
};

export const answerAndDecline: SmallCase = {
  ...held,
  title: "a message request that one device answers and another declines",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "bob-2"]) await arrive(connection);
    await ask("alice", "alice-1", toBob);
    return {
      answer: async () => {
        await ask("answer", "bob-1", toAlice);
        await ask("alice", "alice-1", more);
      },
      decline: () => ask("decline", "bob-2", decline),
    };
  },
};
