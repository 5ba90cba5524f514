/**
 * What people do while releases change under them: Alice is there all the time, and others come and
 * go with each mix. Everything that is asked for must happen. Alice's rooms stay, so each mix reads
 * what all before it have written.
 */
import { isDeepStrictEqual } from "node:util";
import type * as z from "zod/mini";
import type { messageEvent } from "../../lib/protocol/events.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";

import { roomTopic } from "../../lib/pubsub/topics.ts";
import type { Scene } from "../roles/scene.ts";
import { invoke } from "../roles/story.ts";
import type { Client } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { logEvent } from "../support/fixtures.ts";
import { call } from "../support/http.ts";
import { hears } from "../support/room.ts";

export interface Place {
  alice: Client;
  /** Delivered to by its senders. */
  small: string;
  /** Delivered to by way of the stream. */
  large: string;
}

export async function meet({ join, crowd }: Scene): Promise<Place> {
  const [small, large] = [fresh("small"), fresh("large")];
  const alice = await join("alice", large);
  await alice.request("joined", { action: "join", room: small });
  await crowd(roomTopic(large), limits.directConnections);
  return { alice, small, large };
}

export async function talk(scene: Scene, place: Place): Promise<void> {
  const bob = await scene.join("bob", place.large);
  await bob.request("joined", { action: "join", room: place.small });
  for (const room of [place.small, place.large]) await talkIn(room, scene, place.alice, bob);
  await talkAlone(place.alice, bob);
  await look(scene, place, bob);
  await sweep(scene, place.alice);
}

async function talkIn(room: string, { at }: Scene, alice: Client, bob: Client): Promise<void> {
  const text = fresh("text");
  const { seq } = await bob.request("ack", { action: "send", room, text });
  await hears(alice, text);
  const answer = fresh("answer");
  await alice.request("ack", { action: "send", room, text: answer, mentions: [bob.user] });
  await hears(bob, answer);

  const edited = fresh("edited");
  await bob.request("edited", { action: "edit", room, seq, text: edited });
  await changes(alice, seq, (now) => now.text === edited);
  await alice.request("reacted", { action: "react", room, seq, emoji: "👍", on: true });
  await changes(bob, seq, ({ reactions = [] }) => reactions.length === 1);
  const { mentions } = await bob.request("mentions", { action: "mentions" });
  if (!mentions.some((mention) => mention.room === room)) throw new Error("no mention is noted");

  const posted = fresh("posted");
  const request = { at, as: bob.user, room, body: { text: posted } };
  const { body } = await call("POST /rooms/{room}/messages", request);
  await hears(alice, posted);
  await bob.request("deleted", { action: "delete", room, seq: body.seq });
  await changes(alice, body.seq, (now) => now.deleted !== undefined);

  const after = seq - 1;
  const { rooms } = await bob.request("sync", { action: "sync", rooms: { [room]: after } });
  const events = await call("GET /rooms/{room}/events", {
    ...{ at, as: bob.user, room },
    query: `after=${after}`,
  });
  const [synced] = rooms;
  if (synced === undefined || "error" in synced) throw new Error("the sync was refused");
  if (!isDeepStrictEqual(synced.events, events.body.events)) {
    throw new Error("a socket and HTTP read different logs");
  }
}

async function talkAlone(alice: Client, bob: Client): Promise<void> {
  const [text, answer] = [fresh("text"), fresh("answer")];
  await bob.request("ack", { action: "send", to: alice.user, text });
  await hears(alice, text);
  const room = directRoom(alice.user, bob.user);
  await alice.request("ack", { action: "send", room, text: answer });
  await hears(bob, answer);
  const { seq } = await bob.request("read", { action: "read", room, seq: 2 });
  if (seq !== 2) throw new Error("the read position did not move");
  const { rooms } = await alice.request("welcome", { action: "hello" });
  if (!rooms.some((one) => one.room === room)) throw new Error("hello does not list the room");
}

/** Alice sees Bob type and leave. */
async function look(scene: Scene, { alice, small }: Place, bob: Client): Promise<void> {
  await alice.request("focused", { action: "focus", rooms: [small] });
  await scene.until(alice.next("typing"), () =>
    bob.request("typing", { action: "typing", room: small, on: true }),
  );
  await bob.close();
  await scene.untilSo(async () => {
    const { online } = await alice.request("who", { action: "who", room: small });
    return online.every(({ user }) => user !== bob.user);
  });
}

async function sweep({ at, tables, untilSo }: Scene, alice: Client): Promise<void> {
  const room = fresh("kept");
  await alice.request("created", { action: "create", visibility: "public", room });
  await tables.log.put(room, logEvent(1));
  const retentionMs = limits.retentionMsLeast;
  await alice.request("configured", { action: "configure", room, retentionMs });
  await untilSo(async () => {
    await tables.expiry.putWalk({ beganAtMs: 0 });
    await invoke(at.lambdaUrl, "sweep", {});
    return (await tables.log.find(room, 1)) === undefined;
  });
}

async function changes(
  client: Client,
  of: number,
  isSo: (now: z.output<typeof messageEvent>) => boolean,
) {
  await client.next("events", ({ events }) =>
    events.some((event) => {
      const { now } = event.kind === "changed" && event.of === of ? event : {};
      return now !== undefined && isSo(now);
    }),
  );
}
