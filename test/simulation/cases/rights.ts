/** Users who are invited, kicked, banned, muted, made owners and blocked, against what they do. */
import type { Here, SmallCase } from "../caseShape.ts";
import { direct, edit, join, leave, react, room, say, sync, toBob } from "./frames.ts";

/** The name that the simulation gives to the first private room. */
const secret = "p-aaaaaaaaaaaaaatzzzzzzz";
const led = { kills: 1, rooms: [room] };
const of = (user: string) => ({ room, user });
const kick = { action: "kick", ...of("bob") } as const;
const ban = { action: "ban", ...of("bob") } as const;
const mute = { action: "mute", ...of("bob"), forMs: 3_600_000 } as const;
const grant = (user: string, role: "owner" | "moderator" | "member") =>
  ({ action: "grant", ...of(user), role }) as const;

/** Alice leads a public room; others have joined. */
async function leading({ arrive, ask }: Here, ...others: string[]): Promise<void> {
  await arrive("alice-1");
  await ask("alice", "alice-1", { action: "create", visibility: "public", room });
  for (const connection of others) await arrive(connection, room);
}

/** Alice puts bob out, then says something that bob must not hear. */
async function putOutAndSay({ ask }: Here, out: typeof kick | typeof ban): Promise<void> {
  await ask(out.action, "alice-1", out);
  await ask(out.action, "alice-1", say("a"));
}

export const kickAndSend: SmallCase = {
  ...led,
  title: "a kick and a message of the user's, then one of another's",
  refusals: ["not_member"],
  async prepare(here) {
    const { ask } = here;
    await leading(here, "bob-1", "bob-2");
    await ask("bob", "bob-1", say("before"));
    return {
      kick: () => putOutAndSay(here, kick),
      bob: async () => {
        await ask("bob", "bob-1", say("b"));
        await ask("bob", "bob-1", say("c"));
      },
    };
  },
};

export const kickAndSync: SmallCase = {
  ...led,
  title: "a kick and a subscribing sync of the user's other device, then a message",
  refusals: ["not_member"],
  async prepare(here) {
    await leading(here, "bob-1");
    await here.arrive("bob-2");
    return {
      kick: () => putOutAndSay(here, kick),
      sync: () => here.ask("sync", "bob-2", sync),
    };
  },
};

export const banAndJoin: SmallCase = {
  ...led,
  title: "a ban and joins of the user, then a message",
  refusals: ["banned", "not_member"],
  async prepare(here) {
    await leading(here, "bob-1");
    await here.arrive("bob-2");
    return {
      ban: () => putOutAndSay(here, ban),
      join: async () => {
        await here.ask("join", "bob-2", join);
        await here.ask("join", "bob-2", join);
      },
    };
  },
};

export const kickAndLeave: SmallCase = {
  ...led,
  title: "a kick, a leave and a join of one user, then a message",
  refusals: ["not_member"],
  async prepare(here) {
    await leading(here, "bob-1");
    await here.arrive("bob-2");
    return {
      kick: () => putOutAndSay(here, kick),
      leave: () => here.ask("leave", "bob-1", leave),
      join: () => here.ask("join", "bob-2", join),
    };
  },
};

export const muteAndAdd: SmallCase = {
  ...led,
  title: "a mute, and what the user adds: a message, an edit and a reaction",
  refusals: ["muted"],
  async prepare(here) {
    await leading(here, "bob-1");
    await here.ask("bob", "bob-1", say("before"));
    await here.ask("bob", "bob-1", edit("before"));
    return {
      mute: () => here.ask("mute", "alice-1", mute),
      bob: async () => {
        await here.ask("bob", "bob-1", edit("e"));
        await here.ask("bob", "bob-1", react("👍"));
        await here.ask("bob", "bob-1", say("b"));
      },
    };
  },
};

export const inviteAndTakeBack: SmallCase = {
  ...led,
  title: "an invitation that is taken back and accepted",
  rooms: [],
  refusals: ["not_member", "conflict"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1");
    await arrive("bob-1");
    await ask("alice", "alice-1", { action: "create", visibility: "private", invite: ["bob"] });
    const accept = { action: "join", room: secret } as const;
    return {
      alice: () => ask("alice", "alice-1", { action: "uninvite", room: secret, user: "bob" }),
      bob: async () => {
        await ask("bob", "bob-1", accept);
        await ask("bob", "bob-1", accept);
      },
    };
  },
};

export const inviteAndBan: SmallCase = {
  ...led,
  title: "an invitation, its acceptance and a ban",
  rooms: [],
  refusals: ["not_member", "banned"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1");
    await arrive("bob-1");
    await ask("alice", "alice-1", { action: "create", visibility: "private" });
    const bob = { room: secret, user: "bob" };
    return {
      invite: () => ask("invite", "alice-1", { action: "invite", ...bob }),
      ban: () => ask("ban", "alice-1", { action: "ban", ...bob }),
      bob: async () => {
        await ask("bob", "bob-1", { action: "join", room: secret });
        await ask("bob", "bob-1", { action: "sync", rooms: { [secret]: 0 } });
      },
    };
  },
};

export const demoteAndKick: SmallCase = {
  ...led,
  title: "a moderator who loses the role, and kicks",
  refusals: ["forbidden", "not_member"],
  async prepare(here) {
    await leading(here, "bob-1", "carol-1");
    await here.ask("alice", "alice-1", grant("bob", "moderator"));
    return {
      alice: () => here.ask("alice", "alice-1", grant("bob", "member")),
      bob: async () => {
        await here.ask("bob", "bob-1", { action: "mute", ...of("carol"), forMs: 1_000 });
        await here.ask("bob", "bob-1", { action: "kick", ...of("carol") });
      },
    };
  },
};

export const blockAndSend: SmallCase = {
  ...led,
  title: "a block and direct messages of the user who is blocked",
  rooms: [direct],
  refusals: ["forbidden"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1");
    await arrive("bob-1");
    return {
      bob: () => ask("bob", "bob-1", { action: "block", user: "alice", on: true }),
      alice: async () => {
        await ask("alice", "alice-1", toBob);
        await ask("alice", "alice-1", { ...toBob, cid: "later" });
      },
    };
  },
};

export const grantAndLeave: SmallCase = {
  ...led,
  title: "a new owner who leaves meanwhile, and the old one's leave",
  refusals: ["conflict", "last_owner", "not_member", "forbidden"],
  async prepare(here) {
    await leading(here, "bob-1");
    return {
      alice: async () => {
        await here.ask("alice", "alice-1", grant("bob", "owner"));
        await here.ask("alice", "alice-1", leave);
      },
      bob: () => here.ask("bob", "bob-1", leave),
    };
  },
};

export const bothOwnersLeave: SmallCase = {
  ...led,
  title: "two owners who leave at once",
  refusals: ["last_owner", "not_member"],
  async prepare(here) {
    await leading(here, "bob-1");
    await here.ask("alice", "alice-1", grant("bob", "owner"));
    return {
      alice: () => here.ask("alice", "alice-1", leave),
      bob: () => here.ask("bob", "bob-1", leave),
    };
  },
};

export const bothStepDown: SmallCase = {
  ...led,
  title: "two owners who step down at once",
  refusals: ["last_owner", "forbidden"],
  async prepare(here) {
    await leading(here, "bob-1");
    await here.ask("alice", "alice-1", grant("bob", "owner"));
    return {
      alice: () => here.ask("alice", "alice-1", grant("alice", "member")),
      bob: () => here.ask("bob", "bob-1", grant("bob", "moderator")),
    };
  },
};

export const grantAndBan: SmallCase = {
  ...led,
  title: "a user who is made an owner and banned at once, and the old owner's leave",
  refusals: ["conflict", "last_owner", "forbidden", "not_member"],
  async prepare(here) {
    await leading(here, "bob-1", "carol-1");
    await here.ask("alice", "alice-1", grant("carol", "moderator"));
    return {
      alice: async () => {
        await here.ask("alice", "alice-1", grant("bob", "owner"));
        await here.ask("alice", "alice-1", leave);
      },
      carol: () => here.ask("carol", "carol-1", ban),
    };
  },
};
