/** Sockets whose other end is the test. */
import type { Socket, SocketConstructor } from "../../client/socket.ts";

export interface FakeSocket extends Socket {
  readonly url: string;
  readonly protocols: readonly string[] | undefined;
  /** What the client has sent, parsed. */
  readonly sent: Readonly<Record<string, unknown>>[];
  /** Whether the client has closed it. */
  readonly isClosed: boolean;
  open(): void;
  /** Let a frame come in: as JSON, or a string as it is. */
  receive(frame: unknown): void;
  /** Let the connection end. */
  drop(): void;
}

export interface FakeSockets {
  /** Oldest first. */
  readonly all: readonly FakeSocket[];
  readonly WebSocket: SocketConstructor;
  /** The newest one. */
  last(): FakeSocket;
}

interface FakeSocketUser {
  dialled?(socket: FakeSocket): void;
  /** The client has sent something. */
  sent?(socket: FakeSocket, text: string): void;
  closed?(socket: FakeSocket): void;
}

export function fakeSockets(user: FakeSocketUser = {}): FakeSockets {
  const all: FakeSocket[] = [];
  function WebSocket(url: string, protocols?: string[]): FakeSocket {
    const socket = fakeSocket(url, protocols, user);
    all.push(socket);
    user.dialled?.(socket);
    return socket;
  }
  return {
    all,
    WebSocket: WebSocket as unknown as SocketConstructor,
    last() {
      const socket = all.at(-1);
      if (socket === undefined) throw new Error("nothing has been dialled");
      return socket;
    },
  };
}

function fakeSocket(
  url: string,
  protocols: string[] | undefined,
  user: FakeSocketUser,
): FakeSocket {
  const listeners = new Map<string, ((event: { data: unknown }) => void)[]>();
  const tell = (type: string, data?: unknown) => {
    for (const listener of listeners.get(type) ?? []) listener({ data });
  };
  const sent: Record<string, unknown>[] = [];
  let isClosed = false;
  const socket: FakeSocket = {
    url,
    protocols,
    sent,
    get isClosed() {
      return isClosed;
    },
    addEventListener: (type: string, listener: (event: { data: unknown }) => void) =>
      void listeners.set(type, [...(listeners.get(type) ?? []), listener]),
    send(text) {
      sent.push(JSON.parse(text));
      user.sent?.(socket, text);
    },
    close() {
      isClosed = true;
      user.closed?.(socket);
      tell("close"); // at once, which no real one does: it must not matter
    },
    open: () => tell("open"),
    receive: (frame) => tell("message", typeof frame === "string" ? frame : JSON.stringify(frame)),
    drop() {
      tell("error");
      tell("close");
    },
  };
  return socket;
}
