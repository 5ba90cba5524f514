/** Users as identity providers name them, over sockets and HTTP: each reaches and is reached. */
import { expect, it } from "vitest";
import { directRoom } from "../../lib/protocol/names.ts";
import { open } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { call } from "../support/http.ts";

it.each([
  "name+tag@example.com",
  "o'brien@example.com",
  "f:0b6cd11c-7f6e-4f0a:jdoe",
  "Zm9v/YmFy+LzA=",
  "_x7Bk2-",
  "100%25~0",
  'CN="Jane, Doe" \\ #1?&',
  "x".repeat(220),
])("somebody called %s writes and is written to, everywhere by that name", async (name) => {
  const [user, friend] = [fresh("u") + name, fresh("friend")];
  const room = directRoom(user, friend);
  await using mine = await open(user);
  await using other = await open(friend);
  expect(await mine.request("welcome", { action: "hello" })).toMatchObject({ user });
  await mine.request("ack", { action: "send", to: friend, text: "hi" });
  expect(await other.next("events")).toMatchObject({ room, events: [{ from: user }] });
  await other.request("ack", { action: "send", to: user, text: "hi yourself" });
  expect(await mine.next("events")).toMatchObject({ room, events: [{ from: friend }] });
  const page = await call("GET /rooms/{room}/events", { as: user, room });
  expect(page.body).toMatchObject({ room, events: [{ from: user }, { from: friend }] });
  const asked = { as: friend, scope: "notices:write", user, body: { data: 1 } };
  const notice = await call("POST /users/{user}/notices", asked);
  expect(notice.body).toMatchObject({ delivered: 1 });
});
