/**
 * A client whose requests must be refused: to rooms that are not theirs (promise 7), in another
 * user's name (6), and malformed ones (9). The history has each answer, for the checker and the
 * verdict.
 */
import { createLine } from "../../../test/fault/line.ts";
import type { Recorder } from "../../../test/fault/recorder.ts";
import { developmentToken } from "../../tokens.ts";

interface IntruderOptions {
  user: string;
  recorder: Recorder;
  opened(connection: string, url: string): void;
}

interface Victims {
  room: string;
  directRoom: string;
  /** Two other users. */
  users: [string, string];
}

let visits = 0;

/**
 * One visit to a gateway; resolves when every request has got its answer. Fails when the gateway
 * answers for a handler that could not, or closes: then another visit is due.
 */
export async function intrude(
  websocketUrl: string,
  { room, directRoom, users: [one, other] }: Victims,
  { user, recorder, opened }: IntruderOptions,
): Promise<void> {
  const token = await developmentToken(user);
  const cid = `${user}-${websocketUrl.replace(/\D/g, "")}`;
  const requests = [
    { action: "send", room, text: "let me in", cid },
    { action: "sync", rooms: { [room]: 0 } },
    { action: "history", room },
    { action: "who", room },
    { action: "send", room: directRoom, text: "let me in", cid },
    { action: "history", room: directRoom },
    { action: "send", to: one, text: "I am not who I say", cid, from: other },
    { action: "send", to: one, text: "I am who the token says", cid },
    { action: "dance" },
    { action: "send", to: one },
    { action: "history", room, limit: "all" },
  ];
  const line = createLine({
    device: `${user}-${++visits}`,
    user,
    recorder,
    opened,
    received() {},
  });
  const socket = new line.WebSocket(websocketUrl, ["parley.v1", `parley.token.${token}`]);
  await new Promise<void>((open, refused) => {
    socket.addEventListener("open", open);
    socket.addEventListener("close", () => refused(new Error(`${websocketUrl} let nobody in`)));
  });
  try {
    for (const [index, request] of requests.entries()) {
      const id = String(index + 1);
      const answer = new Promise<void>((resolve, fail) => {
        socket.addEventListener("close", () => fail(new Error(`${websocketUrl} has closed`)));
        socket.addEventListener("message", ({ data }) => {
          const frame = JSON.parse(String(data));
          if (frame.id === id) resolve();
          else if (frame.type === undefined) fail(new Error(`${request.action}: ${data}`));
        });
      });
      socket.send(JSON.stringify({ ...request, id }));
      await answer;
    }
  } finally {
    socket.close();
  }
}
