/**
 * A program in a browser that sends with a store, and stands still at a step that the test names:
 * what it would have done behind it never happens, as in a tab that is killed there.
 */
import { createChat } from "../../client/index.ts";
import { indexedDbStore } from "../../client/indexedDb.ts";
import { sharedSocket } from "../../client/tabs.ts";

/** What the test says in the address of the page. */
export interface Orders {
  url: string;
  token: string;
  user: string;
  /** Stand still when so many steps have been taken; 0 for never. */
  stopAt: number;
  /** What to write, room by room. */
  say: { room: string; texts: string[] }[];
  /** Share a connection with other tabs. */
  shared?: boolean;
}

const { location } = globalThis as unknown as { location: { hash: string } };
const orders: Orders = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const { url, token, user, say, shared } = orders;

let { stopAt } = orders;
let steps = 0;
function step(what: string): void {
  steps += 1;
  console.log(what);
  if (steps !== stopAt) return;
  console.log("stopped");
  for (;;);
}

const dialled: WebSocket[] = [];
class SteppingWebSocket extends WebSocket {
  constructor(address: string, protocols?: string[]) {
    super(address, protocols);
    dialled.push(this);
    this.addEventListener("message", () => step("received"));
  }
  override send(text: string): void {
    super.send(text);
    if (JSON.parse(text).action === "send") step("sent");
  }
}

const store = indexedDbStore(`parley ${user}`);
const socket = { WebSocket: SteppingWebSocket };
const WebSocketHere = shared ? sharedSocket(`parley ${user}`, socket) : socket.WebSocket;
const chat = createChat({ url, token: () => token, store, WebSocket: WebSocketHere });
void chat.connect();
await chat.restored;
step("restored");
for (const { room, texts } of say) sayIn(room, texts);

function sayIn(room: string, texts: readonly string[]): void {
  const shown = chat.room(room);
  void shown.open();
  for (const text of texts) {
    shown.send(text).catch((error) => console.log(`problem ${error}`));
    step(`wrote ${room} ${text}`);
  }
}
/** Stand still after so many further steps. */
const stopIn = (more: number) => {
  stopAt = steps + more;
};
/** Connections of this tab itself that are open. */
const connections = () => dialled.filter(({ readyState }) => readyState === WebSocket.OPEN).length;

const settled = (rooms: readonly string[]) => Promise.all(rooms.map(settledIn));
Object.assign(globalThis, { settled, sayIn, stopIn, connections });
if (say.length > 0) void settled(say.map(({ room }) => room)).then(() => console.log("settled"));

/** What a room shows, as soon as nothing is on its way. */
async function settledIn(name: string): Promise<string> {
  const room = chat.room(name);
  await room.open();
  const isSettled = () => room.snapshot.messages.every(({ status }) => status === "sent");
  await new Promise<void>((resolve) => {
    const look = () => isSettled() && resolve();
    room.subscribe(look);
    look();
  });
  return room.snapshot.messages.map(({ text }) => text).join();
}
