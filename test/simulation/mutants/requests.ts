/** Wrong ways to hold message requests: promise 7. */
import { acceptAndDecline, declineAndMore } from "../cases/requests.ts";
import { type Mutant, overSend } from "./mutant.ts";

export const requestMutants: readonly Mutant[] = [
  {
    what: "a request whose message is pushed to its recipient, beside the invitation",
    promise: 7,
    small: declineAndMore,
    service: overSend(({ subscriptions }) => ({
      subscriptions: {
        async listSome(topic, max) {
          const topics = [topic, "user:bob"].map((one) => subscriptions.listSome(one, max));
          const parts = await Promise.all(topics);
          return { found: parts.flatMap(({ found }) => found), isAll: true };
        },
      },
    })),
  },
  {
    what: "a second message of which nobody asks whether its recipient has declined the first",
    promise: 7,
    small: acceptAndDecline,
    service: () => {
      let sends = 0;
      const member = { joinedAtMs: 0, readSeq: 0, readN: 0 };
      return overSend(() => {
        sends += 1;
        if (sends === 1) return {};
        return { memberships: { find: async (_user, room) => ({ room, ...member }) } };
      })();
    },
  },
];
