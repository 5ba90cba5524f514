/**
 * The small cases whose every order is tried. Each names the race that it is about; what must hold
 * in all of them is the checker's to say, and that nothing is left subscribed that should not be.
 */
import type { SmallCase } from "./smallCase.ts";

const room = "general";
const say = (cid: string) =>
  ({ action: "send", room, text: `said ${cid}`, cid, after: 0 }) as const;
const sync = { action: "sync", rooms: { [room]: 0 } } as const;
const join = { action: "join", room } as const;
const leave = { action: "leave", room } as const;
const toBob = { action: "send", to: "bob", text: "hi", cid: "d", after: 0 } as const;
const direct = "dm:alice:bob";

export const twoAppends: SmallCase = {
  title: "two appends",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("b")),
    };
  },
};

export const threeAppends: SmallCase = {
  title: "three appends",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("b")),
      carol: () => ask("carol", "carol-1", say("c")),
    };
  },
};

export const appendAndRetry: SmallCase = {
  title: "an append and a retry of its cid at the same time",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    return {
      first: () => ask("first", "alice-1", say("a")),
      again: () => ask("again", "alice-1", say("a")),
    };
  },
};

export const lostPut: SmallCase = {
  title: "a put whose answer is lost and is asked again, and another's append",
  kills: 1,
  rooms: [room],
  isPutAnswerLost: true,
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("b")),
    };
  },
};

export const syncAndAppend: SmallCase = {
  title: "a subscribing sync and an append",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    await arrive("bob-2");
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-2", sync),
    };
  },
};

export const leaveAndSync: SmallCase = {
  title: "a leave and a sync of the user's other device, then an append",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2");
    await arrive("bob-1", room);
    return {
      leave: async () => {
        await ask("leave", "alice-1", leave);
        await ask("leave", "bob-1", say("b"));
      },
      sync: () => ask("sync", "alice-2", sync),
    };
  },
};

export const leaveAndJoin: SmallCase = {
  title: "a leave and a join of the user's other device",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2");
    return {
      leave: () => ask("leave", "alice-1", leave),
      join: () => ask("join", "alice-2", join),
    };
  },
};

export const forgetAndJoin: SmallCase = {
  title: "forgetting a connection and its join",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-1");
    simulation.close("alice-1");
    return {
      gateway: () => forgetting(simulation, "alice-1"),
      alice: () => ask("alice", "alice-1", join),
    };
  },
};

export const forgetAndSync: SmallCase = {
  title: "forgetting a connection and its sync",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-2", room);
    await arrive("alice-1");
    simulation.close("alice-1");
    return {
      gateway: () => forgetting(simulation, "alice-1"),
      alice: () => ask("alice", "alice-1", sync),
    };
  },
};

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

export const comingAndGoing: SmallCase = {
  title: "one device arriving while another is leaving, before another user's eyes",
  // A killed handler may leave presence unsaid: it is a hint.
  kills: 0,
  rooms: [room],
  isTimed: true,
  async prepare({ simulation, arrive, ask }) {
    await arrive("bob-1", room);
    await arrive("alice-1", room);
    await arrive("alice-2");
    simulation.close("alice-1");
    return {
      gateway: () => forgetting(simulation, "alice-1"),
      alice: () => ask("alice", "alice-2", sync),
    };
  },
};

async function forgetting(
  simulation: Parameters<SmallCase["prepare"]>[0]["simulation"],
  connection: string,
): Promise<void> {
  await simulation.operate("gateway", `disconnect ${connection}`, (ports) =>
    simulation.actions.disconnect(connection, ports),
  );
}

export const smallCases: readonly SmallCase[] = [
  twoAppends,
  threeAppends,
  appendAndRetry,
  lostPut,
  syncAndAppend,
  leaveAndSync,
  leaveAndJoin,
  forgetAndJoin,
  forgetAndSync,
  handshake410,
  directAndHello,
  comingAndGoing,
];
