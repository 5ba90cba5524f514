/** Mistakes in actions and in pub/sub. */
import type { Patch } from "../patch.ts";

const send = "lib/actions/messages/send.ts";
const sync = "lib/actions/messages/sync.ts";
const audience = "lib/pubsub/topics.ts";
const subscribe = "lib/pubsub/subscribe.ts";
const forget = "lib/actions/connections/forget.ts";
const sendTests = ["test/unit/send.test.ts"];
const roomTests = ["test/unit/rooms.test.ts"];
const edges = ["test/unit/edges.test.ts"];
const publishTests = ["test/unit/publish.test.ts"];

export const actionPatches: readonly Patch[] = [
  {
    what: "after a lost race only the winner is remembered",
    file: send,
    before: "recent = [stored, ...recent];",
    after: "recent = [stored];",
    tests: sendTests,
  },
  {
    what: "a message is announced before it is stored",
    file: send,
    before: "const stored = await ports.log.put(room.name, event);",
    after:
      "await announce(room, event, undefined, ports, { publishMs: 1_000 });\n" +
      "    const stored = await ports.log.put(room.name, event);",
    tests: sendTests,
  },
  {
    what: "the recipient of a first direct message is no member of its room",
    file: send,
    before: "if (other !== undefined && tail.events.length === 0)",
    after: "if (other === undefined && tail.events.length === 0 && other)",
    tests: sendTests,
  },
  {
    what: "a duplicate is never announced again",
    file: send,
    before: "const isNews = !isDuplicate || seq > headSeq - limits.tailEvents;",
    after: "const isNews = !isDuplicate;",
    tests: sendTests,
  },
  {
    what: "an old duplicate is announced again",
    file: send,
    before: "const isNews = !isDuplicate || seq > headSeq - limits.tailEvents;",
    after: "const isNews = true;",
    tests: sendTests,
  },
  {
    what: "a sync names the head of before",
    file: sync,
    before: "seq: Math.max(head.seq, lastSeq),",
    after: "seq: head.seq,",
    tests: roomTests,
  },
  {
    what: "a sync is complete where there is one event more",
    file: sync,
    before: "limit: limits.syncEvents + 1,",
    after: "limit: limits.syncEvents,",
    tests: edges,
  },
  {
    what: "a user is heard on the first page of connections only",
    file: audience,
    before: "for (let page = await first; !page.done; page = await pages.next()) yield page.value;",
    after: "const page = await first;\n    if (!page.done) yield page.value;",
    tests: publishTests,
  },
  {
    what: "a room of one connection too many is small",
    file: audience,
    before: "isAll: parts.every((p) => p.isAll) && found.length <= max",
    after: "isAll: true",
    tests: ["test/unit/hints.test.ts", "test/unit/presence.test.ts"],
  },
  {
    what: "the second note of a subscribing connection is a read",
    file: subscribe,
    before:
      'return typeof (await ports.connections.addTopic(connectionId, topic, shard)) === "object";',
    after:
      "const known = await ports.connections.find(connectionId);\n" +
      "  return known?.topics.get(topic) === shard && !known.isEnding;",
    tests: ["test/unit/races.test.ts"],
  },
  {
    what: "a reservation that was removed is taken for one that hears",
    file: subscribe,
    before: 'if (await ports.subscriptions.confirm(key)) return "fresh";',
    after: 'await ports.subscriptions.confirm(key);\n    return "fresh";',
    tests: ["test/unit/reservations.test.ts"],
  },
  {
    what: "a connection is removed before its subscriptions",
    file: forget,
    before:
      "  await ports.subscriptions.removeAll(keysOf(known));\n" +
      "  await ports.connections.removeAll([connectionId]);\n",
    after:
      "  await ports.connections.removeAll([connectionId]);\n" +
      "  await ports.subscriptions.removeAll(keysOf(known));\n",
    tests: ["test/unit/subscribing.test.ts"],
  },
  {
    what: "a room of one connection more than the limit is posted to directly",
    file: "lib/actions/publish.ts",
    before: "publishUpTo(limits.directConnections, ",
    after: "publishUpTo(limits.directConnections + 1, ",
    tests: edges,
  },
  {
    what: "a room of one connection more than the limit is counted whole",
    file: "lib/actions/people/presence.ts",
    before: "await someAudience(ports, room, limits.whoSubscriptions);",
    after: "await someAudience(ports, room, limits.whoSubscriptions + 1);",
    tests: edges,
  },
  {
    what: "a page of history is one event short of its limit",
    file: "lib/actions/messages/history.ts",
    before: "limit: limit + 1, // one more tells whether there is more",
    after: "limit,",
    tests: edges,
  },
  {
    what: "a welcome is one room short of its limit",
    file: "lib/actions/people/hello.ts",
    before: "found.slice(0, limits.welcomeRooms)",
    after: "found.slice(0, limits.welcomeRooms - 1)",
    tests: edges,
  },
  {
    what: "a notice one level too deep is taken",
    file: "lib/protocol/httpRoutes.ts",
    before: "if (left === 0) return false;",
    after: "if (left < 0) return false;",
    tests: edges,
  },
  {
    what: "a text one character too long is taken",
    file: "lib/protocol/clientFrames.ts",
    before: "characters(value) <= limits.textCharacters",
    after: "characters(value) <= limits.textCharacters + 1",
    tests: edges,
  },
  {
    what: "a frame one byte too long is taken",
    file: "lib/protocol/envelope.ts",
    before: "if (bytes > limits.frameBytes) return tooLarge(id);",
    after: "if (bytes > limits.frameBytes + 1) return tooLarge(id);",
    tests: edges,
  },
  {
    what: "a room that failed is not brought again",
    file: "handlers/fanOut.ts",
    before: ".filter(({ room }) => failed.has(room))",
    after: ".filter(() => false)",
    tests: ["test/unit/fanOutHandler.test.ts"],
  },
  {
    what: "readers of a small room are found outside of what forgives failures",
    file: "lib/actions/publish.ts",
    before:
      "  const readNow = async function* () {\n" +
      "    const { found, isAll } = await someAudience(ports, room, max);\n",
    after:
      "  const { found, isAll } = await someAudience(ports, room, max);\n" +
      "  const readNow = async function* () {\n",
    tests: ["test/unit/forgiven.test.ts"],
  },
  {
    what: "a connection that is ending hears direct rooms",
    file: "lib/actions/rooms/subscribeToRoom.ts",
    before: "if (known === undefined || known.isEnding) throw",
    after: "if (known === undefined) throw",
    tests: ["test/unit/forgiven.test.ts"],
  },
];
