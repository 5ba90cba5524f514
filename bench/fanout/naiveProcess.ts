/**
 * The design that people copy: all of the audience in one list, a post to each at once, one SDK
 * client as it comes. It reads from the same generated room, and is asked nothing else.
 */
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { messageFrame } from "./frame.ts";
import { generatedRoom } from "./generatedRoom.ts";
import type { Reached, Reaching } from "./roomSizes.ts";
import { answerTasks } from "./tasks.ts";

// It has something to say about the sockets that are waited for, every few seconds.
console.warn = () => {};

answerTasks(async ({ url, connections, forMs }: Reaching): Promise<Reached> => {
  const client = new ApiGatewayManagementApiClient({ endpoint: url, region: "us-east-1" });
  const room = generatedRoom(connections, url);
  let frames = 0;
  const startedAt = performance.now();
  const before = process.cpuUsage();
  do {
    frames += 1;
    const Data = messageFrame(frames);
    const recipients: string[] = [];
    for await (const page of room.pages()) {
      recipients.push(...page.map(({ connectionId }) => connectionId));
    }
    await Promise.all(
      recipients.map((ConnectionId) =>
        client.send(new PostToConnectionCommand({ ConnectionId, Data })),
      ),
    );
  } while (performance.now() - startedAt < forMs);
  const { user, system } = process.cpuUsage(before);
  return {
    frames,
    delivered: frames * connections,
    gone: 0,
    skipped: 0,
    forgotten: 0,
    elapsedMs: performance.now() - startedAt,
    cpuMicroseconds: user + system,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
});
