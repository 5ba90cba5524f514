/** A room that stays open for long. Computes only, so it runs on one version of Node (.ci/run). */
import { expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { changedRoom, emptyRoom } from "../../client/roomFeatures.ts";
import { event } from "./shown.ts";

it("holds the newest 500 messages after a million events", () => {
  let snapshot = emptyRoom("general");
  for (let seq = 1; seq <= 1_000_000; seq += 1) {
    snapshot = changedRoom(snapshot, { type: "event", event: event(seq) }, "alice");
  }
  expect(snapshot.messages).toHaveLength(limits.roomMessages);
  expect(snapshot.messages[0]?.seq).toBe(1_000_001 - limits.roomMessages);
  expect(snapshot.hasOlder).toBe(true);
});
