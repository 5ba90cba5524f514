/** What every store of blocks promises. Each test has users of its own. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { describeStores } from "./stores.ts";

describeStores("the blocks", (stores) => {
  const newUser = () => `user-${randomUUID()}`;

  it("lists whom a user blocks by name, and nobody for a user who blocks nobody", async () => {
    const { blocks } = stores();
    const [me, other] = [newUser(), newUser()];
    for (const user of ["mallory", "bob", "a b", "~~~", "!x"]) await blocks.put(me, user);
    expect(await blocks.list(me, undefined, 10)).toEqual(["!x", "a b", "bob", "mallory", "~~~"]);
    expect(await blocks.list(other, undefined, 10)).toEqual([]);
  });

  it("lists at most so many, starting behind a name", async () => {
    const { blocks } = stores();
    const me = newUser();
    for (const user of ["bob", "bob 2", "bob!", "bobby", "carol"]) await blocks.put(me, user);
    expect(await blocks.list(me, "bob", 2)).toEqual(["bob 2", "bob!"]);
    expect(await blocks.list(me, "bob!", 10)).toEqual(["bobby", "carol"]);
    expect(await blocks.list(me, "b", 1)).toEqual(["bob"]);
    expect(await blocks.list(me, "zoe", 10)).toEqual([]);
  });

  it("fills a page past blocks that have ended", async () => {
    const { blocks } = stores();
    const me = newUser();
    const users = ["a", "b", "c", "d", "e"];
    for (const user of users) await blocks.put(me, user);
    for (const user of ["a", "b", "d"]) await blocks.remove(me, user);
    expect(await blocks.list(me, undefined, 2)).toEqual(["c", "e"]);
    await blocks.put(me, "b");
    expect(await blocks.list(me, undefined, 10)).toEqual(["b", "c", "e"]);
  });

  it("takes an end of a block that is not there, and the same block twice", async () => {
    const { blocks } = stores();
    const me = newUser();
    await blocks.remove(me, "bob");
    expect(await blocks.list(me, undefined, 10)).toEqual([]);
    await blocks.put(me, "bob");
    await blocks.put(me, "bob");
    expect(await blocks.list(me, undefined, 10)).toEqual(["bob"]);
  });

  it("is no room of the user", async () => {
    const { blocks, memberships } = stores();
    const me = newUser();
    await blocks.put(me, "bob");
    expect(await memberships.list(me, undefined, 10)).toEqual([]);
  });
});
