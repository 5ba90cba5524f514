/** Mistakes in the DynamoDB log and in batches. */
import type { Patch } from "../patch.ts";

const log = "lib/adapters/dynamodb/messageLog.ts";
const batch = "lib/adapters/dynamodb/batch.ts";

const tables = "test/contract/tables.test.ts";
const logTests = ["test/contract/messageLog.test.ts"];
const subscriptionTests = ["test/contract/subscriptions.test.ts"];
const connectionTests = ["test/contract/connections.test.ts"];

export const logPatches: Patch[] = [
  {
    what: "a page of the log ends by the bytes of its items",
    file: log,
    before: "bytes += bytesOf(event)",
    after: "bytes += bytesOf(item)",
    tests: logTests,
  },
  {
    what: "a page of the log ends with the first page of the query",
    file: log,
    before: "} while (start && events.length < range.limit && bytes <= (range.bytesMax ?? 0));",
    after: "} while (false);",
    tests: logTests,
  },
  {
    what: "a page of the log is read weakly",
    file: log,
    before: 'ScanIndexForward: range.order === "oldest first",\n      ConsistentRead: true,',
    after: 'ScanIndexForward: range.order === "oldest first",',
    tests: logTests,
  },
  {
    what: "a tail is read weakly",
    file: log,
    before: "ConsistentRead: true,\n      ScanIndexForward: false,",
    after: "ScanIndexForward: false,",
    tests: logTests,
  },
  {
    what: "an event is put over another",
    file: log,
    before: 'ConditionExpression: "attribute_not_exists(pk)",',
    after: "",
    tests: logTests,
  },
  {
    what: "a put whose answer was lost is taken for somebody else's",
    file: log,
    before: 'return isSameEvent(there, event) ? "stored" : there;',
    after: "return there;",
    tests: ["test/integration/lostAnswer.test.ts"],
  },
  {
    what: "a tail holds one event less once a way of delivery was chosen",
    file: log,
    before: "Limit: limit + 1,",
    after: "Limit: limit,",
    tests: logTests,
  },
];

export const batchPatches: Patch[] = [
  {
    what: "what a batch left unread is forgotten",
    file: batch,
    before: "left = UnprocessedKeys?.[name]?.Keys;",
    after: "left = undefined;",
    tests: [tables],
  },
  {
    what: "what a batch left undeleted is forgotten",
    file: batch,
    before: "left = UnprocessedItems?.[name] ?? [];",
    after: "left = [];",
    tests: [tables],
  },
  {
    what: "a batch is asked for whole again",
    file: batch,
    before: "left = UnprocessedItems?.[name] ?? [];\n    return left.length === 0;",
    after: "return (UnprocessedItems?.[name] ?? []).length === 0;",
    tests: [tables],
  },
  {
    what: "a batch pauses behind its last try",
    file: batch,
    before: "if (pauseMs > limits.batchPauseMsMax) {",
    after: "if (pauseMs > limits.batchPauseMsMax * 2) {",
    tests: [tables],
  },
  {
    what: "a batch is read weakly",
    file: batch,
    before: "{ Keys: left, ConsistentRead: true }",
    after: "{ Keys: left }",
    tests: connectionTests,
  },
  {
    what: "a batch names one key more than DynamoDB takes",
    file: batch,
    before: "const writesPerRequest = 25;",
    after: "const writesPerRequest = 26;",
    tests: [tables],
  },
  {
    what: "a batch names a key twice",
    file: batch,
    before: "const distinct = [",
    after: "const distinct = [...keys] || [",
    tests: subscriptionTests,
  },
];
