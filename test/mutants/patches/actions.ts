/** Mistakes in actions and in pub/sub. */
import type { Patch } from "../patch.ts";

const send = "lib/actions/messages/send.ts";
const sync = "lib/actions/messages/sync.ts";
const audience = "lib/pubsub/topics.ts";
const syncReply = "lib/actions/messages/syncReply.ts";
const subscribingTests = ["test/unit/subscribing.test.ts"];
const syncTests = ["test/unit/sync.test.ts"];
const subscribe = "lib/pubsub/subscribe.ts";
const lookAt = "lib/pubsub/lookAt.ts";
const forget = "lib/actions/connections/forget.ts";
const presence = "lib/actions/people/presence.ts";
const focusTests = ["test/unit/focus.test.ts"];
const presenceTests = ["test/unit/presence.test.ts"];
const hintTests = ["test/unit/hints.test.ts"];
const sendTests = ["test/unit/send.test.ts"];
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
      "await publishEvent(room, event, undefined, ports, { publishMs: 1_000 });\n" +
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
    what: "a sync names the last event that it brings as the head",
    file: syncReply,
    before: "seq: head.seq, n: head.n, complete: last",
    after: "seq: last, n: head.n, complete: last",
    tests: syncTests,
  },
  {
    what: "a sync takes the last event that it read for the head",
    file: sync,
    before: "found.length < limit && bytesOf(found) <= bytesMax",
    after: "found.length <= limit",
    tests: syncTests,
  },
  {
    what: "a room for which a sync has no space is named nowhere",
    file: syncReply,
    before: "    if (left < 0) {\n      this.#isFull = true;\n      return false;",
    after:
      "    if (left < 0) {\n      this.#later.delete(room);\n" +
      "      this.#isFull = true;\n      return false;",
    tests: syncTests,
  },
  {
    what: "a sync looks at all of its rooms although its frame is full",
    file: sync,
    before: "from < rooms.length && !reply.isFull;",
    after: "from < rooms.length;",
    tests: syncTests,
  },
  {
    what: "a sync leaves what the quiet rooms do not need of its frame empty",
    file: sync,
    before: "for (const room of reply.endless()) await readOn(room, reply, ports);",
    after: "",
    tests: syncTests,
  },
  {
    what: "a room whose log cannot be read fails the whole sync",
    file: "lib/actions/rooms/refusedRoom.ts",
    before: "if (!(error instanceof ChatError)) throw error;",
    after: "if (!(error instanceof ChatError) || isReportable(error)) throw error;",
    tests: syncTests,
  },
  {
    what: "a user is heard on the first page of connections only",
    file: audience,
    before: "for (let page = await first; !page.done; page = await pages.next()) yield page.value;",
    after: "const page = await first;\n    if (!page.done) yield page.value;",
    tests: publishTests,
  },
  {
    what: "a room of one connection too many is posted to whole",
    file: audience,
    before: "isAll: parts.every((p) => p.isAll) && found.length <= max",
    after: "isAll: true",
    tests: edges,
  },
  {
    what: "a room that one connection too many looks at has hints",
    file: audience,
    before: "return isAll ? found : [];",
    after: "return isAll || found.length > 0 ? found : [];",
    tests: hintTests,
  },
  {
    what: "a hint goes to those who hear a room",
    file: audience,
    before: "const topic = focusTopic(name);",
    after: "const topic = roomTopic(name);",
    tests: hintTests,
  },
  {
    what: "a leave keeps what the user looks at",
    file: "lib/actions/rooms/subscribeToRoom.ts",
    before: "  await leaveTopic(focusTopic(room.name));\n",
    after: "",
    tests: focusTests,
  },
  {
    what: "a focus adds to the rooms of before",
    file: lookAt,
    before: "const old = othersOf(now, topics);",
    after: "const old: string[] = [];",
    tests: focusTests,
  },
  {
    what: "a focus takes what its item names for what it is shown",
    file: lookAt,
    before: "const heard = await heardAmong(ports, now, topics);",
    after: "const heard = now.topics;",
    tests: focusTests,
  },
  {
    what: "a focus replaces what another request has changed since",
    file: "lib/adapters/dynamodb/connections.ts",
    before: 'expression: "revision = :revision",\n        values',
    after: 'expression: "revision <> :revision",\n        values',
    tests: ["test/contract/connections.test.ts"],
  },
  {
    what: "a focus shows how far somebody has read who has not been written to",
    file: "lib/actions/people/readsIn.ts",
    before: "if (!(await areAcquainted(ports, room))) return [];",
    after: "",
    tests: focusTests,
  },
  {
    what: "online is said although the user was online",
    file: "lib/actions/rooms/subscribeToRoom.ts",
    before: "!(await isOnlineElsewhere(ports, await others(user), user, room, atMs))",
    after: "true",
    tests: presenceTests,
  },
  {
    what: "of two connections that come each leaves it to the other to say online",
    file: presence,
    before: "others.filter(({ confirmed }) => confirmed.has(roomTopic(room.name)))",
    after: "others",
    tests: presenceTests,
  },
  {
    what: "the retry of a join that was killed leaves online unsaid",
    file: "lib/actions/rooms/subscribeToRoom.ts",
    before: "if (heard === undefined || (!heard.isFresh && known.confirmed.has(topic))) return;",
    after: "if (!heard?.isFresh) return;",
    tests: presenceTests,
  },
  {
    what: "other connections are looked for although nobody looks at the room",
    file: "lib/actions/publish.ts",
    before: "isSeen && (await areAcquainted(ports, room)) && (await isNews())",
    after: "(await areAcquainted(ports, room)) && (await isNews())",
    tests: presenceTests,
  },
  {
    what: "a connection that goes looks for others once",
    file: presence,
    before: "(known[n]?.length ?? 0) > 1",
    after: "(known[n]?.length ?? 0) > 999",
    tests: presenceTests,
  },
  {
    what: "presence takes a room that is only noted for one that is heard",
    file: presence,
    before: "const heard = await ports.subscriptions.heardOf(keys);",
    after: "const heard = keys;",
    tests: focusTests,
  },
  {
    what: "a connection is read, and nothing is noted on it, when it subscribes",
    file: subscribe,
    before: "ports.connections.addTopics(connectionId, shards, sizeMax);",
    after: "ports.connections.find(connectionId).then((it) => it && { ...it, shards });",
    tests: [
      "test/unit/races.test.ts",
      "test/unit/presence.test.ts",
      "test/unit/subscribing.test.ts",
    ],
  },
  {
    what: "a subscription that is withheld is taken for one that hears",
    file: subscribe,
    before: "return heard && { shard, epoch, isFresh",
    after: "return { shard, epoch, isFresh",
    tests: ["test/unit/withheld.test.ts"],
  },
  {
    what: "a subscription stays although its connection went while it was put",
    file: subscribe,
    before: "  await ports.subscriptions.removeAll(keys);\n  return false;",
    after: "  return false;",
    tests: subscribingTests,
  },
  {
    what: "sync trusts a topic that is only noted",
    file: sync,
    before: "!known?.confirmed.has(roomTopic(room.name));",
    after: "!known?.topics.has(roomTopic(room.name));",
    tests: subscribingTests,
  },
  {
    what: "unsubscribe removes the subscription before the mark",
    file: subscribe,
    before: "    const epoch = await connections.withdrawTopic(",
    after:
      "    await subscriptions.removeAll([{ topic, shard, connectionId }]);\n" +
      "    const epoch = await connections.withdrawTopic(",
    tests: subscribingTests,
  },
  {
    what: "a slow unsubscribe withholds what was put since it began",
    file: subscribe,
    before: "subscriptions.withhold(subscription, epoch)",
    after: "subscriptions.withhold(subscription, Number.MAX_SAFE_INTEGER)",
    tests: subscribingTests,
  },
  {
    what: "a connection is removed before its subscriptions",
    file: forget,
    before:
      "  await unsubscribeAll(ports, [known]);\n" +
      "  await ports.connections.removeAll([connectionId]);\n",
    after:
      "  await ports.connections.removeAll([connectionId]);\n" +
      "  await unsubscribeAll(ports, [known]);\n",
    tests: ["test/unit/subscribing.test.ts"],
  },
  {
    what: "a room of one connection more than the limit is posted to directly",
    file: "lib/actions/publish.ts",
    before: "someAudience(ports, room, limits.directConnections)",
    after: "someAudience(ports, room, limits.directConnections + 1)",
    tests: edges,
  },
  {
    what: "a room of one connection more than the limit is counted whole",
    file: presence,
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
    file: "lib/protocol/carried.ts",
    before: "if (left === 0) return false;",
    after: "if (left < 0) return false;",
    tests: edges,
  },
  {
    what: "a text one character too long is taken",
    file: "lib/protocol/sendFrame.ts",
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
    file: "lib/adapters/dynamodb/appended.ts",
    before: ".filter(({ room }) => failed.has(room))",
    after: ".filter(() => false)",
    tests: ["test/handlers/fanOut.test.ts"],
  },
  {
    what: "readers of a small room are found outside of what forgives failures",
    file: "lib/actions/publish.ts",
    before:
      "  const readNow = async function* () {\n" +
      "    const { found, isAll } = await someAudience(ports, room, limits.directConnections);\n",
    after:
      "  const { found, isAll } = await someAudience(ports, room, limits.directConnections);\n" +
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
