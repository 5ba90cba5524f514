/** Mistakes in the client. */
import type { Patch } from "../patch.ts";

const room = "client/room.ts";
const sender = "client/sender.ts";
const roomState = "client/roomState.ts";
const outbox = "client/outbox.ts";
const syncs = "client/syncs.ts";
const connection = "client/connection.ts";
const retries = "client/retries.ts";
const roomTests = ["test/client/room.test.ts"];
const stateTests = ["test/client/roomState.test.ts"];
const handOverTests = ["test/client/handOver.test.ts"];
const sendingTests = ["test/client/sending.test.ts"];
const chatRoom = "client/chatRoom.ts";
const shownTests = ["test/client/chatRoom.test.ts"];
const storeOn = "client/storeOn.ts";
const storeTests = ["test/client/store.test.ts"];
const pieces = ["test/client/pieces.test.ts"];

export const clientPatches: readonly Patch[] = [
  {
    what: "the timer of a gap starts again with each frame",
    file: room,
    before: "this.#cancelGap ??= this.#ports.clock.after(",
    after: "this.#cancelGap?.();\n    this.#cancelGap = this.#ports.clock.after(",
    tests: roomTests,
  },
  {
    what: "a gap is forgotten when its time is up",
    file: room,
    before: "      this.#cancelGap = undefined;\n      this.#ports.sync(this);",
    after: "      this.#cancelGap = undefined;",
    tests: roomTests,
  },
  {
    what: "a room that is not complete is live",
    file: room,
    before: "      this.#ports.sync(this);\n      return;\n    }\n    this.#isLive = true;",
    after: "      this.#ports.sync(this);\n    }\n    this.#isLive = true;",
    tests: sendingTests,
  },
  {
    what: "messages are sent before the room is synced on this connection",
    file: sender,
    before: "if (message === undefined || !this.#room.isLive) break;",
    after: "if (message === undefined) break;",
    tests: sendingTests,
  },
  {
    what: "a message is looked for from the beginning of the room",
    file: sender,
    before: "const fields = { room, text, cid, after, ",
    after: "const fields = { room, text, cid, after: after * 0, ",
    tests: sendingTests,
  },
  {
    what: "anybody's event with the cid settles a message",
    file: room,
    before: "if (from !== this.#ports.user()) continue;",
    after: "if (from === undefined) continue;",
    tests: [...roomTests, ...sendingTests],
  },
  {
    what: "an event is handed out twice",
    file: roomState,
    before: "let next = event.seq === this.#cursor + 1 ? event : undefined;",
    after: "let next = event.seq <= this.#cursor + 1 ? event : undefined;",
    tests: stateTests,
  },
  {
    what: "what waited for an event is not handed out behind it",
    file: roomState,
    before: "next = this.#waiting.get(next.seq + 1);",
    after: "next = undefined;",
    tests: stateTests,
  },
  {
    what: "one event more waits than the limit",
    file: roomState,
    before: "if (this.#waiting.size < limits.waitingEvents)",
    after: "if (this.#waiting.size <= limits.waitingEvents)",
    tests: stateTests,
  },
  {
    what: "an event that did not fit leaves no gap",
    file: roomState,
    before: "this.#head = Math.max(this.#head, event.seq);",
    after:
      "const hasRoom = this.#waiting.size < limits.waitingEvents;\n" +
      "      if (hasRoom) this.#head = Math.max(this.#head, event.seq);",
    tests: stateTests,
  },
  {
    what: "one message more waits than the limit",
    file: outbox,
    before: "if (this.#messages.size < limits.outboxMessages) {",
    after: "if (this.#messages.size <= limits.outboxMessages) {",
    tests: pieces,
  },
  {
    what: "a message that is sent again goes to the end",
    file: outbox,
    before: "if (known) return known;",
    after: "if (known) this.#messages.delete(cid);",
    tests: pieces,
  },
  {
    what: "a room that is left for later waits for the next keep-alive",
    file: syncs,
    before: 'if (outcome === "later") this.#due.add(room);',
    after: "",
    tests: roomTests,
  },
  {
    what: "rooms that were cut short are asked for ahead of those left for later",
    file: syncs,
    before: 'answered((name) => (later.has(name) ? "later" : undefined));\n',
    after: 'for (const name of later) outcomes.set(name, "later" as never);\n',
    tests: roomTests,
  },
  {
    what: "a sync that is asked for during another is not made",
    file: syncs,
    before: "if (this.#due.has(room)) queueMicrotask(() => this.#flush());",
    after: "this.#due.delete(room);",
    tests: roomTests,
  },
  {
    what: "one try more than the limit",
    file: retries,
    before: "if (failures + 1 >= limits.attempts)",
    after: "if (failures >= limits.attempts)",
    tests: pieces,
  },
  {
    what: "one who is told to wait waits no longer than told",
    file: retries,
    before: "const afterMs = error.retryAfterMs + backoffMs(waits, random);",
    after: "const afterMs = error.retryAfterMs;",
    tests: pieces,
  },
  {
    what: "somebody who is told to wait waits for ever",
    file: retries,
    before: "if (waitedMs >= limits.toldToWaitMs)",
    after: "if (waitedMs > limits.toldToWaitMs * 2)",
    tests: pieces,
  },
  {
    what: "a new connection takes over before it has synced",
    file: connection,
    before: "if (this.#live) await this.#user.prepare(link);",
    after: "",
    tests: handOverTests,
  },
  {
    what: "the old connection closes while its requests wait",
    file: connection,
    before: "void old.closeWhenAnswered().then(() => this.#replaced.delete(old));",
    after: "old.close(disconnected());",
    tests: handOverTests,
  },
  {
    what: "a hint that comes on both connections is told twice",
    file: connection,
    before: "if (!(isTwice && isHint)) this.#user.received(frame);",
    after: "this.#user.received(frame);",
    tests: handOverTests,
  },
  {
    what: "a new connection that fails ends the old one",
    file: connection,
    before: "if (this.#live === undefined) {\n      this.#restart(reason, afterMs);",
    after: "if (reason !== undefined) {\n      this.#restart(reason, afterMs);",
    tests: handOverTests,
  },
  {
    what: "a message of mine is shown beside its event",
    file: "client/messages.ts",
    before: "const unsent = shown.slice(end).filter((one) => !isSame(one, added));",
    after: "const unsent = shown.slice(end);",
    tests: shownTests,
  },
  {
    what: "a failed message is sent again under another name",
    file: chatRoom,
    before: "this.#send(message.text, cid, extrasOf(message))",
    after: "this.#send(message.text, this.#context.ports.newCid(), extrasOf(message))",
    tests: shownTests,
  },
  {
    what: "somebody who falls silent is shown as typing for ever",
    file: "client/typingHints.ts",
    before: "if (on) this.#ends.set(user, this.#clock.after(limits.typingShownMs, end));",
    after: "",
    tests: shownTests,
  },
  {
    what: "the cursor is forgotten with which a message was written",
    file: chatRoom,
    before: "const isBehind = this.#left && this.#left.after < shownTo;",
    after: "const isBehind = this.#left && shownTo < 0;",
    tests: storeTests,
  },
  {
    what: "a closed chat's messages are kept as failed",
    file: storeOn,
    before: "why?.code || this.#hasEnded",
    after: "why?.code",
    tests: storeTests,
  },
  {
    what: "a store that has failed is not asked to delete",
    file: storeOn,
    before: "this.#outbox.delete(cid);\n",
    after: "this.#outbox.delete(cid);\n    if (this.#hasFailed) return;\n",
    tests: storeTests,
  },
  {
    what: "another user's messages are sent",
    file: "client/chat.ts",
    before: "this.#client.serve(user);",
    after: "",
    tests: storeTests,
  },
  {
    what: "what was written first is sent last after a reload",
    file: storeOn,
    before: "one.order - other.order",
    after: "other.order - one.order",
    tests: storeTests,
  },
  {
    what: "a room that was left stays in the store",
    file: storeOn,
    before: "if (names.has(room)) continue;",
    after: "if (room) continue;",
    tests: storeTests,
  },
  {
    what: "the list of my rooms is another object at each connect",
    file: "client/roomList.ts",
    before: "return isChanged ? all : rooms;",
    after: "return all;",
    tests: ["test/client/chat.test.ts"],
  },
];
