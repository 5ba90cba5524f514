/** Names: what the grammar accepts, direct rooms and stored keys keep apart. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventKey, memberKey, subscriptionKey } from "../../lib/adapters/dynamodb/items.ts";
import { roomTopic, userTopic } from "../../lib/domain/topics.ts";
import { directRoom, directUsers, roomName, userName } from "../../lib/protocol/names.ts";

const letters = [..."ABCXYZabcxyz019"];
const user = fc
  .tuple(
    fc.constantFrom(...letters),
    fc.string({ unit: fc.constantFrom(...letters, ..."._@|-"), maxLength: 63 }),
  )
  .map(([first, rest]) => first + rest);
const publicRoom = fc
  .tuple(
    fc.constantFrom(..."abcxyz019"),
    fc.string({ unit: fc.constantFrom(..."abcxyz019._-"), maxLength: 63 }),
  )
  .map(([first, rest]) => first + rest);

describe("names", () => {
  it("are the grammar's, whatever string is tried", () => {
    const anything = fc.oneof(fc.string({ unit: "binary", maxLength: 70 }), user, publicRoom);
    fc.assert(
      fc.property(anything, (name) => {
        const isUser = /^[A-Za-z0-9][A-Za-z0-9._@|-]{0,63}$/.test(name) && !name.includes("\n");
        expect(userName.safeParse(name).success).toBe(isUser);
        const isPublic = /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) && !name.includes("\n");
        expect(roomName.safeParse(name).success).toBe(isPublic);
      }),
    );
  });

  it("make one valid direct room of two users, from either side", () => {
    fc.assert(
      fc.property(user, user, (a, b) => {
        const room = directRoom(a, b);
        expect(room).toBe(directRoom(b, a));
        expect(roomName.safeParse(room).success).toBe(true);
        expect([...(directUsers(room) ?? [])].sort()).toEqual([a, b].sort());
        expect(roomName.safeParse(`dm:${b}:${a}`).success).toBe(b <= a);
      }),
    );
  });

  it("never share a key, a topic or a partition", () => {
    const distinct = fc
      .tuple(fc.oneof(user, publicRoom), fc.oneof(user, publicRoom))
      .filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(distinct, ([a, b]) => {
        expect(userTopic(a)).not.toBe(userTopic(b));
        expect(userTopic(a)).not.toBe(roomTopic(b));
        expect(eventKey(a, 1).pk).not.toBe(eventKey(b, 1).pk);
        expect(memberKey(a, "r")).not.toEqual(memberKey(b, "r"));
        const partitions = [roomTopic(a), roomTopic(b), userTopic(a), userTopic(b)].map(
          (topic) => subscriptionKey({ topic, shard: 0, connectionId: "c" }).pk,
        );
        expect(new Set(partitions).size).toBe(4);
      }),
    );
  });

  it("sort stored positions as numbers", () => {
    const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(seq, seq, (a, b) => {
        expect(eventKey("r", a).sk < eventKey("r", b).sk).toBe(a < b);
      }),
    );
  });
});
