/**
 * A room that is led. Rights are given and taken away. Users who lost a right go on making requests
 * that need it (promise 14). In the end the room's owner is asked to act (16).
 */
import { limits } from "../../../lib/protocol/limits.ts";
import { decided } from "../../../test/fault/decided.ts";
import type { Device } from "../../../test/fault/device.ts";
import { insist } from "./insist.ts";

const council = "council";

/** Of three users; what the service answers is for the checker to judge. */
export async function holdCouncil(owner: Device, bob: Device, carol: Device): Promise<void> {
  const [room, named] = [council, { room: council, user: bob.user }];
  const ask = ({ client }: Device, ...request: Parameters<Device["client"]["request"]>) =>
    decided(client, ...request);
  const enter = async ({ client, followings }: Device) =>
    followings.follow(room, (await client.request("join", { room })).seq);
  const say = (device: Device, word: string) =>
    insist(async () => {
      await enter(device); // everybody also acts by themself, and may have left
      const said = device.client.follow(room).send(word, { cid: `${device.name}-${word}` });
      return (await said).seq;
    });

  await owner.found(room);
  await insist(() => enter(carol));
  const seq = await say(bob, "order");

  // Longer than any run: the checker knows no time at which a mute would end by itself.
  await ask(owner, "mute", { ...named, forMs: limits.muteMs });
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
