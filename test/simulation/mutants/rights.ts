/** Wrong ways to take rights away, and to lead rooms: promises 14 and 16. */
import type { Membership } from "../../../lib/model.ts";
import type { Ports } from "../../../lib/ports.ts";
import { bothOwnersLeave, grantAndLeave, kickAndSend, muteAndAdd } from "../cases/rights.ts";
import { type Mutant, over, overSend } from "./mutant.ts";

/** Memberships that are read once, and then known for good. */
function remembering() {
  const known = new Map<string, Promise<Membership | undefined>>();
  return ({ memberships }: Ports) => ({
    memberships: {
      find: (user: string, room: string) => {
        const found = known.get(`${user} ${room}`) ?? memberships.find(user, room);
        known.set(`${user} ${room}`, found);
        return found;
      },
    },
  });
}

export const rightMutants: readonly Mutant[] = [
  {
    what: "a send that remembers who is a member",
    promise: 14,
    small: kickAndSend,
    service: () => overSend(remembering())(),
  },
  {
    what: "a kick that leaves the user's connections to hear the room",
    promise: 14,
    small: kickAndSend,
    service: over("kick", () => ({ subscriptions: { withhold: async () => true } })),
  },
  {
    what: "an edit that remembers who is muted",
    promise: 14,
    small: muteAndAdd,
    service: () => {
      const before = remembering();
      return over("edit", before)();
    },
  },
  {
    what: "a leave that does not ask whether the room's owners are those that it read",
    promise: 16,
    small: bothOwnersLeave,
    service: over("leave", ({ rooms }) => ({
      rooms: {
        change: async (room, change) => {
          const { rev } = await rooms.find(room);
          return rooms.change(room, { ...change, fromRev: rev });
        },
      },
    })),
  },
  {
    what: "a grant that does not look behind it whether the new owner is still a member",
    promise: 16,
    small: grantAndLeave,
    service: over("grant", ({ memberships }) => {
      let first: Promise<Membership | undefined> | undefined;
      return {
        memberships: {
          find: (user, room) => {
            if (user !== "bob") return memberships.find(user, room);
            first ??= memberships.find(user, room);
            return first;
          },
        },
      };
    }),
  },
];
