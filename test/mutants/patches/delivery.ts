/** Delivery said wrong: a patch for each idea in docs/delivery.md. */
import type { Patch } from "../patch.ts";

const deliver = "lib/pubsub/deliver.ts";
const recipient = "lib/pubsub/post.ts";
const scheduler = "lib/pubsub/scheduler.ts";
const lane = "lib/pubsub/lane.ts";
const pace = "lib/pubsub/lane.ts";
const post = "lib/pubsub/post.ts";
const tests = ["test/unit/deliver.test.ts"];
const paceTests = ["test/unit/pace.test.ts"];
const topics = "lib/pubsub/topics.ts";
const earlyTests = ["test/unit/early.test.ts"];
const publishTests = ["test/unit/publish.test.ts"];

export const deliveryPatches: readonly Patch[] = [
  {
    what: "a connection that answers gone is forgiven for two seconds",
    file: deliver,
    before: "nowMs - connectedAtMs >= limits.handshakeMs",
    after: "nowMs - connectedAtMs >= 2_000",
    tests: publishTests,
  },
  {
    what: "a connection that answers gone is forgiven a moment too long",
    file: deliver,
    before: "nowMs - connectedAtMs >= limits.handshakeMs",
    after: "nowMs - connectedAtMs > limits.handshakeMs",
    tests: publishTests,
  },
  {
    what: "reading does not wait for recipients that wait",
    file: deliver,
    before: "      await scheduler.room();\n",
    after: "",
    tests,
  },
  {
    what: "a delivery that is out of time does not say where",
    file: deliver,
    before: 'if (counted === "left") stopBehind(outcome, behind);',
    after: "",
    tests,
  },
  {
    what: "a delivery goes on behind the last recipient that was left",
    file: deliver,
    before: "behind < stoppedBehind ? behind : stoppedBehind",
    after: "behind > stoppedBehind ? behind : stoppedBehind",
    tests,
  },
  {
    what: "posts go on when reading has failed",
    file: deliver,
    before: "  } finally {\n    await scheduler.end();",
    after: "  } finally {",
    tests,
  },
  {
    what: "each connection that is gone is forgotten by itself",
    file: deliver,
    before: "if (waiting.length >= limits.goneInBatch) begin();",
    after: "begin();",
    tests,
  },
  {
    what: "all connections that are gone wait to be forgotten",
    file: deliver,
    before: "if (waiting.length < limits.goneWaiting) waiting.push(item);",
    after: "waiting.push(item);",
    tests,
  },
  {
    what: "forgetting waits for a silent gateway",
    file: deliver,
    before: "idle: gone.begin,",
    after: "idle() {},",
    tests: ["test/unit/forgetBounds.test.ts"],
  },
  {
    what: "a recipient gets the frames behind one that failed",
    file: recipient,
    before: 'if (result !== "delivered" && !isExpired) {',
    after: 'if (result !== "delivered" && result !== "refused" && !isExpired) {',
    tests,
  },
  {
    what: "tries of a frame count against the next one",
    file: recipient,
    before: "      recipient.tries = 0;\n",
    after: "",
    tests,
  },
  {
    what: "an expired recipient is told, and not closed",
    file: recipient,
    before: "recipient.done > farewell.length",
    after: "recipient.done >= farewell.length",
    tests,
  },
  {
    what: "a recipient that was not tried in time counts as skipped",
    file: recipient,
    before: 'if (isExpired === undefined && !isDown) return "left";',
    after: "",
    tests,
  },
  {
    what: "a gateway that is down still has recipients left for later",
    file: recipient,
    before: 'if (isExpired === undefined && !isDown) return "left";',
    after: 'if (isExpired === undefined) return "left";',
    tests,
  },
  {
    what: "all gateways together have one post more in flight",
    file: scheduler,
    before: "this.#inFlight < limits.postsInFlight",
    after: "this.#inFlight <= limits.postsInFlight",
    tests,
  },
  {
    what: "the gateways that were read first have all places",
    file: scheduler,
    before: "      this.#lanes.delete(gateway);\n      this.#lanes.set(gateway, lane);\n",
    after: "",
    tests,
  },
  {
    what: "recipients of a gateway that is down go on being posted to",
    file: scheduler,
    before: "if (lane.isDown() || nowMs >= deadlineMs) this.#settleAll(lane);",
    after: "if (nowMs >= deadlineMs) this.#settleAll(lane);",
    tests,
  },
  {
    what: "recipients are posted to behind the deadline",
    file: scheduler,
    before: "if (lane.isDown() || nowMs >= deadlineMs) this.#settleAll(lane);",
    after: "if (lane.isDown()) this.#settleAll(lane);",
    tests: [...tests, "test/unit/forgetBounds.test.ts"],
  },
  {
    what: "a recipient that rests keeps its place",
    file: scheduler,
    before: "if (resting >= limits.restingRecipients) await rest;",
    after: "await rest;",
    tests,
  },
  {
    what: "any number of recipients rest",
    file: scheduler,
    before: "if (resting >= limits.restingRecipients) await rest;",
    after: "void rest;",
    tests,
  },
  {
    what: "recipients that have rested are posted to past all bounds",
    file: scheduler,
    before: "if (recipient) lane.ready.add(recipient);",
    after: "if (recipient) void this.#run(lane, recipient);",
    tests,
  },
  {
    what: "a post is given longer than is left",
    file: scheduler,
    before: "Math.min(limits.postTimeoutMs, deadlineMs - clock.nowMs())",
    after: "limits.postTimeoutMs",
    tests,
  },
  {
    what: "one gateway has one post more in flight than it may",
    file: pace,
    before: "inFlight < this.#atOnce",
    after: "inFlight <= this.#atOnce",
    tests: [...tests, ...paceTests],
  },
  {
    what: "a throttling gateway has no pause",
    file: pace,
    before: "this.#atOnce && this.pauseLeftMs(nowMs) === 0",
    after: "this.#atOnce",
    tests: [...tests, ...paceTests],
  },
  {
    what: "a throttling gateway is not slowed down",
    file: pace,
    before: "this.#atOnce = Math.max(1, Math.floor(this.#atOnce / 2));",
    after: "",
    tests: paceTests,
  },
  {
    what: "a gateway that was slowed down stays slow",
    file: pace,
    before: "this.#atOnce + 1 / this.#atOnce",
    after: "this.#atOnce",
    tests: paceTests,
  },
  {
    what: "slow clients slow their gateway down with their retries",
    file: pace,
    before: 'if (result === "failed" || isRetry) return;',
    after: 'if (result === "failed") return;',
    tests: paceTests,
  },
  {
    what: "a pause is made longer by answers to posts from before it",
    file: pace,
    before: "this.#throttledShare > throttledShareMax && this.pauseLeftMs(nowMs) === 0",
    after: "this.#throttledShare > throttledShareMax",
    tests: paceTests,
  },
  {
    what: "a gateway that does not answer is asked for everybody",
    file: lane,
    before: "return this.#unanswered >= limits.unansweredPosts;",
    after: "return false;",
    tests,
  },
  {
    what: "a gateway is given up one post too early",
    file: lane,
    before: "return this.#unanswered >= limits.unansweredPosts;",
    after: "return this.#unanswered >= limits.unansweredPosts - 1;",
    tests,
  },
  {
    what: "a gateway that answers again stays given up",
    file: lane,
    before: 'result === "failed" ? this.#unanswered + 1 : 0;',
    after: 'this.#unanswered + (result === "failed" ? 1 : 0);',
    tests,
  },
  {
    what: "a throttled post is tried once more only",
    file: post,
    before: "throttled: { times: 2,",
    after: "throttled: { times: 1,",
    tests: publishTests,
  },
  {
    what: "nobody is read again behind the put",
    file: topics,
    before: "  const { pages, first } = now ?? begin(readNow());\n",
    after:
      "  const { pages, first } = now ?? begin(early ? (async function* () {})() : readNow());\n",
    tests: earlyTests,
  },
  {
    what: "a room's subscribers are remembered from one message to the next",
    file: topics,
    before: "export function readEarly(",
    after:
      "const kept = new WeakMap<object, EarlyAudience>();\n" +
      "export function readEarly(ports: { subscriptions: Subscribers }, room: Room) {\n" +
      "  const early = kept.get(ports.subscriptions) ?? readAnew(ports, room);\n" +
      "  kept.set(ports.subscriptions, early);\n" +
      "  return early;\n" +
      "}\n" +
      "function readAnew(",
    tests: earlyTests,
  },
  {
    what: "a connection that was read early and again is posted to twice",
    file: topics,
    before: "    for (const { connectionId } of found) posted.add(connectionId);\n",
    after: "",
    tests: earlyTests,
  },
  {
    what: "a message waits for its early reading, however long that hangs",
    file: topics,
    before: "    if (!early.isRead) now = begin(readNow());\n",
    after: "",
    tests: earlyTests,
  },
  {
    what: "reading again begins before anybody is posted to",
    file: topics,
    before: "    if (!early.isRead) now = begin(readNow());\n",
    after: "    now = begin(readNow());\n",
    tests: earlyTests,
  },
  {
    what: "an early reading that fails fails the publish",
    file: topics,
    before: "    () => [],\n  );\n  const early",
    after: "  );\n  const early",
    tests: earlyTests,
  },
  {
    what: "who hears a room is read for a stranger",
    file: "lib/actions/messages/send.ts",
    before: "if (member === undefined || mayBeHeld)",
    after: "if (mayBeHeld)",
    tests: earlyTests,
  },
  {
    what: "a request is posted to its recipient as if it were accepted",
    file: "lib/actions/messages/send.ts",
    before: "const hasRequests = ports.holdsRequests &&",
    after: "const hasRequests = false &&",
    tests: earlyTests,
  },
];
