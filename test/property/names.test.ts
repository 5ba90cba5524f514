/** Names: what the grammar accepts, direct rooms and stored keys keep apart. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventKey, memberKey, subscriptionKey } from "../../lib/adapters/dynamodb/items.ts";
import { directRoom, directUsers, roomName, userName } from "../../lib/protocol/names.ts";
import { roomTopic, userTopic } from "../../lib/pubsub/topics.ts";

const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));
/** Printable ASCII, and more often than the rest what means something somewhere. */
const printable = fc.constantFrom(...ascii, ...'~~~~::::////%%##""\\\\ ..');
const user = fc
  .string({ unit: printable, minLength: 1, maxLength: 255 })
  .filter((name) => name.trim() === name && name !== "." && name !== "..");
const publicRoom = fc
  .tuple(
    fc.constantFrom(..."abcxyz019"),
    fc.string({ unit: fc.constantFrom(..."abcxyz019._-"), maxLength: 63 }),
  )
  .map(([first, rest]) => first + rest);

/** How long a user is in the name of a direct room. */
const sizeInRoom = (name: string): number => name.length + (name.match(/[~:]/g)?.length ?? 0);

describe("names", () => {
  it("are the grammar's, for any string", () => {
    const text = fc.string({ unit: "binary", maxLength: 70 });
    const anything = fc.oneof(text, fc.string({ unit: printable }), user, publicRoom);
    fc.assert(
      fc.property(anything, (name) => {
        const isAscii = [...name].every((character) => character >= " " && character <= "~");
        const isUser = isAscii && !["", ".", ".."].includes(name) && name === name.trim();
        expect(userName.safeParse(name).success).toBe(isUser && sizeInRoom(name) <= 500);
        const isPublic = /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) && !name.includes("\n");
        expect(roomName.safeParse(name).success).toBe(isPublic);
      }),
    );
  });

  it("make one valid direct room of two users, from either side", () => {
    fc.assert(
      fc.property(user, user, (a, b) => {
        fc.pre([a, b].every((name) => sizeInRoom(name) <= 500));
        const room = directRoom(a, b);
        expect(room).toBe(directRoom(b, a));
        expect(roomName.safeParse(room).success).toBe(true);
        expect([...(directUsers(room) ?? [])].sort()).toEqual([a, b].sort());
        const [prefix, first, second] = room.split(":");
        const swapped = [prefix, second, first].join(":");
        expect(roomName.safeParse(swapped).success).toBe(swapped === room);
      }),
    );
  });

  it("are those of one pair of users only, where they name a direct room", () => {
    const few = fc.string({ unit: fc.constantFrom(..."~:01a"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(few, few, few, few, (a, b, c, d) => {
        const isSamePair = [a, b].sort().join(" ") === [c, d].sort().join(" ");
        expect(directRoom(a, b) === directRoom(c, d)).toBe(isSamePair);
      }),
      { numRuns: 5_000 },
    );
  });

  it("of direct rooms are written in one way only", () => {
    const unit = fc.constantFrom("~0", "~1", "~0", "~1", "~", "a", "b", " ", ":");
    const part = fc.string({ unit, minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(part, part, (a, b) => {
        const room = `dm:${a}:${b}`;
        fc.pre(roomName.safeParse(room).success);
        const [first = "", second = ""] = directUsers(room) ?? [];
        expect(directRoom(first, second)).toBe(room);
      }),
      { numRuns: 300 },
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

  it("fit into the keys of the tables", () => {
    fc.assert(
      fc.property(user, user, (a, b) => {
        fc.pre([a, b].every((name) => sizeInRoom(name) <= 500));
        const { pk, sk } = memberKey(a, directRoom(a, b));
        expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1_024); // DynamoDB's, for a sort key
        expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(1_024); // it is one in an index
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
