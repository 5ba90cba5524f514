/**
 * A program that is built on client/ and follows one room: what it was handed, and which gateways
 * it was sent to. It comes back by itself when its connection ends.
 */
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ChatClient } from "../../client/chatClient.ts";
import type { Room } from "../../client/room.ts";
import type { Address } from "../../client/socket.ts";
import type { StatusChange } from "../../client/status.ts";
import { developmentToken } from "../../local/tokens.ts";

export interface Follower {
  user: string;
  client: ChatClient;
  room: Room;
  /** Everything that was said, as it was handed out. */
  texts: string[];
  /** The names of the gateways that it was told to connect to, each time that it asked. */
  places: string[];
  changes: StatusChange[];
}

interface FollowOptions {
  url: Address["url"];
  /** Go on behind this position of a room that the user is in, instead of joining it. */
  after?: number;
}

/** Follow a room until the running test ends. */
export async function follower(
  user: string,
  name: string,
  { url, after }: FollowOptions,
): Promise<Follower> {
  const texts: string[] = [];
  const places: string[] = [];
  const changes: StatusChange[] = [];
  const client = new ChatClient({
    url: async (token, failed) => {
      const place = typeof url === "string" ? url : await url(token, failed);
      if (typeof place !== "string") places.push(place.gateway);
      return place;
    },
    token: () => developmentToken(user),
    WebSocket,
    random: () => 0.3, // shorter waits than most
  });
  onTestFinished(() => client.close());
  client.on("status", (change) => changes.push(change));
  client.connect();
  if (after === undefined) await client.request("join", { room: name });
  const room = client.follow(name, { after: after ?? 0 });
  room.subscribe(({ text = "" }) => texts.push(text));
  return { user, client, room, texts, places, changes };
}
