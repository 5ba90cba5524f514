/**
 * A room that is led. Rights are given and taken away, and those who lost one go on asking for what
 * it allowed (promise 14). In the end whoever owns the room is asked to act (16).
 */
import { decided } from "../../../test/fault/decided.ts";
import type { Device } from "../../../test/fault/device.ts";

const council = "council";

/** Of three users; what the service answers is for the checker to judge. */
export async function holdCouncil(owner: Device, bob: Device, carol: Device): Promise<void> {
  const [room, named] = [council, { room: council, user: bob.user }];
  const ask = ({ client }: Device, ...request: Parameters<Device["client"]["request"]>) =>
    decided(client, ...request);
  const say = async ({ client, name }: Device, word: string) =>
    (await client.follow(room).send(word, { cid: `${name}-${word}` })).seq;

  await owner.found(room);
  for (const { client, followings } of [bob, carol]) {
    const { seq } = await client.request("join", { room });
    followings.follow(room, seq);
  }
  const seq = await say(bob, "order");

  await ask(owner, "mute", { ...named, forMs: 60_000 });
  await ask(bob, "edit", { room, seq, text: "disorder" });
  await ask(bob, "react", { room, seq, emoji: "👍", on: true });
  await ask(owner, "mute", { ...named, forMs: 0 });

  await ask(owner, "grant", { room, user: carol.user, role: "moderator" });
  await ask(carol, "pin", { room, seq, on: true });
  await ask(owner, "grant", { room, user: carol.user, role: "member" });
  await ask(carol, "pin", { room, seq, on: false });

  await ask(owner, "kick", named);
  await ask(bob, "history", { room });
  await say(owner, "bob-is-out");

  await ask(owner, "grant", { room, user: carol.user, role: "owner" });
  await ask(owner, "grant", { room, user: owner.user, role: "member" });
  await ask(owner, "close", { room });
}
