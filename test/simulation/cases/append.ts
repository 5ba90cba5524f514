/** Races for a place in the log, and retries of what has one. */
import type { SmallCase } from "../caseShape.ts";
import { room, say } from "./frames.ts";

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

export const sameCid: SmallCase = {
  title: "two users' appends with one cid",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("a")),
    };
  },
};

export const lateRetry: SmallCase = {
  title: "a retry of a cid that is no longer among the last events, and another's append",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    await ask("alice", "alice-1", say("a"));
    for (const cid of ["b", "c", "d", "e", "f"]) {
      await ask("bob", "bob-1", say(cid));
      await ask("carol", "carol-1", say(cid));
    }
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("z")),
    };
  },
};

export const httpAndSocket: SmallCase = {
  title: "a message over HTTP, and the same one over a socket",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask, post }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    return {
      http: () => post("http", "alice", { room, text: "said a", cid: "a", after: 0 }),
      socket: () => ask("socket", "alice-1", say("a")),
    };
  },
};

export const httpTwice: SmallCase = {
  title: "a message over HTTP and its retry at the same time",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, post }) {
    await arrive("bob-1", room);
    await arrive("alice-1", room);
    const message = { room, text: "said a", cid: "a" };
    return {
      first: () => post("first", "alice", message),
      again: () => post("again", "alice", message),
    };
  },
};
