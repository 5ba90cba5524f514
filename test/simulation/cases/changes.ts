/** Messages that are edited, deleted and reacted to at once, by requests that may die. */
import type { Here, SmallCase } from "../caseShape.ts";
import { edit, react, remove, room, say, sync } from "./frames.ts";

const said = { kills: 1, rooms: [room] };

/** Alice, with two devices, and bob hear the room, in which alice has said something. */
async function saying({ arrive, ask }: Here): Promise<void> {
  for (const connection of ["alice-1", "alice-2", "bob-1"]) await arrive(connection, room);
  await ask("alice", "alice-1", say("a"));
}

export const deadEdit: SmallCase = {
  ...said,
  title: "a second edit that may be killed and is never sent again",
  async prepare(here) {
    await saying(here);
    await here.ask("alice", "alice-1", edit("e"));
    const { simulation, callerOf } = here;
    return { alice: () => simulation.request("alice", callerOf("alice-1"), edit("f")) };
  },
};

export const twoEdits: SmallCase = {
  ...said,
  title: "two edits of one message",
  async prepare(here) {
    await saying(here);
    return {
      one: () => here.ask("one", "alice-1", edit("e")),
      two: () => here.ask("two", "alice-2", edit("f")),
    };
  },
};

export const editAndRetry: SmallCase = {
  ...said,
  title: "an edit and its retry at the same time, then another edit",
  async prepare(here) {
    await saying(here);
    return {
      first: async () => {
        await here.ask("first", "alice-1", edit("e"));
        await here.ask("first", "alice-1", edit("f"));
      },
      again: () => here.ask("again", "alice-2", edit("e")),
    };
  },
};

export const editAndDelete: SmallCase = {
  ...said,
  title: "an edit and a delete of one message",
  refusals: ["deleted"],
  async prepare(here) {
    await saying(here);
    return {
      edit: () => here.ask("edit", "alice-1", edit("e")),
      delete: () => here.ask("delete", "alice-2", remove),
    };
  },
};

export const editAndSync: SmallCase = {
  ...said,
  title: "an edit and a subscribing sync",
  async prepare(here) {
    await saying(here);
    await here.arrive("bob-2");
    return {
      edit: () => here.ask("edit", "alice-1", edit("e")),
      sync: () => here.ask("sync", "bob-2", sync),
    };
  },
};

export const editAndPages: SmallCase = {
  ...said,
  title: "an edit, a delete, and pages that are read before, between and after",
  refusals: ["deleted"],
  async prepare(here) {
    await saying(here);
    await here.ask("bob", "bob-1", { action: "history", room });
    await here.ask("bob", "bob-1", sync);
    return {
      alice: async () => {
        await here.ask("alice", "alice-1", edit("e"));
        await here.ask("alice", "bob-1", { action: "history", room });
        await here.ask("alice", "alice-1", remove);
        await here.ask("alice", "bob-1", { action: "history", room });
      },
    };
  },
};

export const deadReaction: SmallCase = {
  ...said,
  title: "a reaction that may be killed and is never sent again",
  async prepare(here) {
    await saying(here);
    const { simulation, callerOf } = here;
    return { bob: () => simulation.request("bob", callerOf("bob-1"), react("👍")) };
  },
};

export const twoReactions: SmallCase = {
  ...said,
  title: "two reactions to one message",
  async prepare(here) {
    await saying(here);
    return {
      alice: () => here.ask("alice", "alice-1", react("👍")),
      bob: () => here.ask("bob", "bob-1", react("👍")),
    };
  },
};

export const threeReactions: SmallCase = {
  ...said,
  title: "three reactions to one message, the second time that it is reacted to",
  async prepare(here) {
    await saying(here);
    await here.arrive("carol-1", room);
    await here.ask("alice", "alice-1", react("🎉"));
    return {
      alice: () => here.ask("alice", "alice-1", react("👍")),
      bob: () => here.ask("bob", "bob-1", react("👍")),
      carol: () => here.ask("carol", "carol-1", react("👍")),
    };
  },
};

export const reactionAndRetry: SmallCase = {
  ...said,
  title: "a reaction and its retry at the same time",
  async prepare(here) {
    await saying(here);
    return {
      first: () => here.ask("first", "bob-1", react("👍")),
      again: () => here.ask("again", "bob-1", react("👍")),
    };
  },
};

export const reactionTakenBack: SmallCase = {
  ...said,
  title: "a reaction, and taking it back on the other device",
  async prepare(here) {
    await saying(here);
    return {
      on: () => here.ask("on", "alice-1", react("👍")),
      off: () => here.ask("off", "alice-2", react("👍", false)),
    };
  },
};

export const reactionAndEdit: SmallCase = {
  ...said,
  title: "a reaction and an edit of one message",
  async prepare(here) {
    await saying(here);
    return {
      react: () => here.ask("react", "bob-1", react("👍")),
      edit: () => here.ask("edit", "alice-1", edit("e")),
    };
  },
};

export const reactionAndDelete: SmallCase = {
  ...said,
  title: "a reaction and a delete of one message",
  refusals: ["deleted"],
  async prepare(here) {
    await saying(here);
    return {
      react: () => here.ask("react", "bob-1", react("👍")),
      delete: () => here.ask("delete", "alice-1", remove),
    };
  },
};

export const largeAndDelete: SmallCase = {
  ...said,
  title: "a message in a large room, which is deleted before or while it is delivered",
  largeRoomConnections: 2,
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    return {
      alice: async () => {
        await ask("alice", "alice-1", say("a"));
        await ask("alice", "alice-1", remove);
      },
    };
  },
};
