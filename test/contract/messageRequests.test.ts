/** What every store of memberships promises of message requests. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Membership } from "../../lib/model.ts";
import { describeStores } from "./stores.ts";

describeStores("message requests", (stores) => {
  const newUser = () => `user-${randomUUID()}`;
  const membership: Membership = { room: "general", joinedAtMs: 1_000, readSeq: 5, readN: 4 };
  const request: Membership = {
    ...membership,
    state: "invited",
    invitedBy: "alice",
    rev: 1,
  };

  it("is added as an invitation, and listed with those", async () => {
    const { memberships } = stores();
    const user = newUser();
    await memberships.add(user, request);
    expect(await memberships.find(user, "general")).toEqual(request);
    expect(await memberships.listInvitations(user, 10)).toEqual([request]);
    expect(await memberships.list(user, undefined, 10)).toEqual([]);
    expect(await memberships.moveRead(user, "general", { seq: 9, n: 9 })).toBe(false);
  });

  it("is accepted by a writer, and a change that was decided on before fails", async () => {
    const { memberships } = stores();
    const user = newUser();
    await memberships.add(user, request);
    await memberships.addWriter(user, membership);
    const written = { ...membership, hasWritten: true };
    expect(await memberships.find(user, "general")).toEqual(written);
    expect(await memberships.listInvitations(user, 10)).toEqual([]);
    expect(await memberships.list(user, undefined, 10)).toEqual([written]);
    const late = { room: "general", joinedAtMs: 2, state: "left", mark: "late" } as const;
    expect(await memberships.change(user, { ...late, fromRev: 1 })).toBe(false);
    expect(await memberships.find(user, "general")).toEqual(written);
  });
});
