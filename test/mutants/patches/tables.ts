/** Mistakes in the other DynamoDB adapters. */
import type { Patch } from "../patch.ts";

const read = "lib/adapters/dynamodb/read.ts";
const subscriptions = "lib/adapters/dynamodb/subscriptions.ts";
const connections = "lib/adapters/dynamodb/connections.ts";
const memberships = "lib/adapters/dynamodb/memberships.ts";
const gateways = "lib/adapters/dynamodb/gateways.ts";

const tables = "test/contract/tables.test.ts";
const subscriptionTests = ["test/contract/subscriptions.test.ts"];
const connectionTests = ["test/contract/connections.test.ts"];
const membershipTests = ["test/contract/memberships.test.ts"];
const gatewayTests = ["test/contract/gatewayConnections.test.ts"];

export const queryPatches: Patch[] = [
  {
    what: "an item is read weakly",
    file: read,
    before: "Key: toKey(key), ConsistentRead: true }",
    after: "Key: toKey(key) }",
    tests: connectionTests,
  },
  {
    what: "a query ends with its first page",
    file: read,
    before: "} while (start);",
    after: "} while (false);",
    tests: subscriptionTests,
  },
  {
    what: "a page that is empty ends a query",
    file: read,
    before: "start = page.LastEvaluatedKey;",
    after: "start = page.Count ? page.LastEvaluatedKey : undefined;",
    tests: subscriptionTests,
  },
  {
    what: "some subscribers are found a page ahead of need",
    file: subscriptions,
    before: "of shardPages(table, topic, shard, { pageSize: max + 2, onShards })) {",
    after: "of readAhead(shardPages(table, topic, shard, { pageSize: max + 2, onShards }))) {",
    tests: [tables],
  },
  {
    what: "everybody in a shard is read page after page",
    file: subscriptions,
    before: "of readAhead(shardPages(table, topic, shard, { after }))) {",
    after: "of shardPages(table, topic, shard, { after })) {",
    tests: [tables],
  },
  {
    what: "subscribers are read weakly",
    file: subscriptions,
    before: "ConsistentRead: true,\n",
    after: "",
    tests: subscriptionTests,
  },
  {
    what: "some subscribers are all of them where there is one more",
    file: subscriptions,
    before: "isAll: found.length <= max, shards }",
    after: "isAll: found.length <= max + 1, shards }",
    tests: subscriptionTests,
  },
  {
    what: "some subscribers are all of them in the first shard of many",
    file: subscriptions,
    before: "return { found: first.found, isAll: false };",
    after: "return { found: first.found, isAll: true };",
    tests: subscriptionTests,
  },
  {
    what: "a reservation is listed",
    file: subscriptions,
    before: "yield page.filter(isHeard)",
    after: "yield page",
    tests: subscriptionTests,
  },
  {
    what: "a confirmation brings back what was removed",
    file: subscriptions,
    before: '"attribute_exists(pk) AND (attribute_not_exists(epoch) OR epoch <= :epoch)"',
    after: '"attribute_not_exists(epoch) OR epoch <= :epoch"',
    tests: subscriptionTests,
  },
  {
    what: "a subscription is confirmed in an earlier epoch than it was",
    file: subscriptions,
    before: '"attribute_exists(pk) AND (attribute_not_exists(epoch) OR epoch <= :epoch)"',
    after: '"attribute_exists(pk) AND (attribute_not_exists(epoch) OR epoch <> :epoch)"',
    tests: subscriptionTests,
  },
  {
    what: "a subscription of the epoch itself is withheld",
    file: subscriptions,
    before: '"attribute_not_exists(epoch) OR epoch < :epoch";',
    after: '"attribute_not_exists(epoch) OR epoch <= :epoch";',
    tests: subscriptionTests,
  },
  {
    what: "a subscription that was withheld since hears",
    file: subscriptions,
    before: '"attribute_not_exists(epoch) OR epoch <= :epoch";',
    after: '"attribute_not_exists(epoch) OR epoch <> :epoch OR epoch = :epoch";',
    tests: subscriptionTests,
  },
  {
    what: "a topic is said to be heard in an epoch that is over",
    file: connections,
    before: '"epoch = :epoch AND attribute_not_exists(ending)"',
    after: '"epoch >= :epoch AND attribute_not_exists(ending)"',
    tests: connectionTests,
  },
  {
    what: "a topic is split into fewer shards",
    file: subscriptions,
    before: '"attribute_not_exists(pk) OR shards < :shards"',
    after: '"attribute_not_exists(pk) OR shards <> :shards"',
    tests: subscriptionTests,
  },
];

export const itemPatches: Patch[] = [
  {
    what: "a connection expires after a thousand times its time",
    file: connections,
    before: "expiresAt: Math.ceil(expiresAtMs / 1_000),",
    after: "expiresAt: expiresAtMs,",
    tests: connectionTests,
  },
  {
    what: "a subscription expires after a thousand times its time",
    file: subscriptions,
    before: "Math.ceil(expiresAtMs / 1_000)",
    after: "expiresAtMs",
    tests: subscriptionTests,
  },
  {
    what: "a subscription goes up to a second before its time",
    file: subscriptions,
    before: "Math.ceil(expiresAtMs / 1_000)",
    after: "Math.floor(expiresAtMs / 1_000)",
    tests: [tables],
  },
  {
    what: "a connection that is ending gains a topic",
    file: connections,
    before: "attribute_not_exists(ending) AND $",
    after: "$",
    tests: connectionTests,
  },
  {
    what: "a connection takes one topic more than the limit",
    file: connections,
    before: "size(topics) <= :sizeMax",
    after: "attribute_exists(topics)",
    tests: connectionTests,
  },
  {
    what: "a topic is removed from a connection that has changed",
    file: connections,
    before:
      'UpdateExpression: "REMOVE topics.#topic ADD revision :one",\n' +
      '            ConditionExpression: "revision = :revision",',
    after:
      'UpdateExpression: "REMOVE topics.#topic ADD revision :one",\n' +
      '            ConditionExpression: "revision >= :revision",',
    tests: connectionTests,
  },
  {
    what: "a topic is withdrawn from a connection that has changed",
    file: connections,
    before: 'ADD epoch :one",\n            ConditionExpression: "revision = :revision",',
    after: 'ADD epoch :one",\n            ConditionExpression: "revision >= :revision",',
    tests: connectionTests,
  },
  {
    what: "a membership that is there is added over",
    file: memberships,
    before: 'ConditionExpression: "attribute_not_exists(pk)",',
    after: "",
    tests: membershipTests,
  },
  {
    what: "a read position is moved to where it is",
    file: memberships,
    before: '"readSeq < :seq AND',
    after: '"readSeq <= :seq AND',
    tests: membershipTests,
  },
  {
    what: "memberships are listed one page long",
    file: "lib/adapters/dynamodb/read.ts",
    before: "if (items.length >= limit) break;",
    after: "break;",
    tests: membershipTests,
  },
  {
    what: "memberships are listed by a weak read",
    file: memberships,
    before: "ConsistentRead: true,\n",
    after: "",
    tests: membershipTests,
  },
  {
    what: "a connection counts at the second of its expiry",
    file: gateways,
    before: "AND expiresAt > :now",
    after: "AND expiresAt >= :now",
    tests: gatewayTests,
  },
];
