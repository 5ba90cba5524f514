/** The service as its newcomer meets it: two terminals, and the lines that `npm start` prints. */
import { expect, it } from "vitest";
import { directRoom } from "../../lib/protocol/names.ts";
import { developmentToken } from "../../local/tokens.ts";
import { fresh, shared } from "../support/endpoints.ts";
import { wscat } from "../support/wscat.ts";

const { websocketUrl, greeting } = shared();

it("the lines that npm start prints make two people talk", async () => {
  const commands = [...greeting.matchAll(/npx wscat -c "(.+)"$/gm)].map(([, url = ""]) => url);
  const frames = greeting.split("\n").flatMap((line) => /^ +({.+})$/.exec(line)?.[1] ?? []);
  expect([commands.length, frames.length]).toEqual([2, 10]);
  const [hers, his] = await Promise.all(commands.map((url) => wscat("-c", url)));
  if (!hers || !his) throw new Error("two commands were printed");
  const alice = { name: "alice", terminal: hers, frames: frames.slice(0, 5) };
  const bob = { name: "bob", terminal: his, frames: frames.slice(5) };
  for (const { terminal, frames } of [alice, bob]) {
    terminal.paste(frames[0] ?? "");
    expect(await terminal.shows("joined")).toMatchObject({ room: "general" });
    terminal.paste(frames[1] ?? "");
    expect(await terminal.shows("focused")).toMatchObject({ rooms: [{ room: "general" }] });
  }
  for (const [sender, receiver] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const [, , say = "", whisper = ""] = sender.frames;
    const events = [{ from: sender.name }];
    sender.terminal.paste(say);
    expect(await sender.terminal.shows("ack")).toMatchObject({ room: "general" });
    expect(await receiver.terminal.shows("events")).toMatchObject({ room: "general", events });
    sender.terminal.paste(whisper);
    const room = "dm:alice:bob";
    expect(await sender.terminal.shows("ack")).toMatchObject({ room });
    expect(await receiver.terminal.shows("events")).toMatchObject({ room, events });
  }
  his.paste(bob.frames[4] ?? "");
  expect(await his.shows("history")).toMatchObject({ room: "general", more: false });
});

it("two people with wscat talk in a room and to each other", async () => {
  const [alice, bob, room] = [fresh("alice"), fresh("bob"), fresh("general")];
  const hers = await wscat("-c", `${websocketUrl}?token=${await developmentToken(alice)}`);
  const header = `Authorization: Bearer ${await developmentToken(bob)}`;
  const his = await wscat("-c", websocketUrl, "-H", header);

  hers.paste(`{"action":"join","room":"${room}"}`);
  expect(await hers.shows("joined")).toMatchObject({ room, online: 1 });
  hers.paste(`{"action":"focus","rooms":["${room}"]}`);
  const online = [{ user: alice, connections: 1 }];
  expect(await hers.shows("focused")).toMatchObject({ rooms: [{ room, online, reads: [] }] });
  his.paste(`{"action":"join","room":"${room}"}`);
  expect(await his.shows("joined")).toMatchObject({ room, online: 2 });
  expect(await hers.shows("presence")).toMatchObject({ room, user: bob, online: true });

  hers.paste(`{"action":"send","room":"${room}","text":"hello, all – 👋"}`);
  expect(await hers.shows("ack")).toMatchObject({ room, seq: 1 });
  const event = { seq: 1, from: alice, text: "hello, all – 👋" };
  expect(await his.shows("events")).toMatchObject({ room, events: [event] });

  his.paste(`{"action":"send","to":"${alice}","text":"hi"}`);
  const direct = directRoom(alice, bob);
  expect(await his.shows("ack")).toMatchObject({ room: direct, seq: 1 });
  const reply = { seq: 1, from: bob, text: "hi" };
  expect(await hers.shows("events")).toMatchObject({ room: direct, events: [reply] });

  his.paste(`{"action":"history","room":"${room}"}`);
  expect(await his.shows("history")).toMatchObject({ events: [event], more: false });
  his.paste("hello?");
  expect(await his.shows("error")).toMatchObject({ code: "bad_request" });
});

it("wscat takes the token among the subprotocols too", async () => {
  const token = `parley.token.${await developmentToken(fresh("alice"))}`;
  const client = await wscat("-c", websocketUrl, "-s", "parley.v1", "-s", token);
  client.paste('{"action":"ping","id":"1"}');
  expect(await client.shows("pong")).toMatchObject({ id: "1" });
});
