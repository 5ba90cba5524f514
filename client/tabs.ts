/**
 * `parley-client/tabs`: the tabs of one user share one connection.
 *
 * One tab leads. It has the WebSocket, and passes frames on between that and the other tabs. Each
 * tab runs its own chat, as if the connection were its own. When the leading tab ends, another one
 * leads. Every chat then sees that its connection has ended: it connects again, syncs, and sends
 * its messages again that were not acked.
 */
import type { SocketConstructor } from "./socket.ts";
import { Tab } from "./tab.ts";
import { version } from "./tabMessages.ts";
import { systemTabPorts, type TabPorts } from "./tabPorts.ts";

export type { Channel, Locks, TabPorts } from "./tabPorts.ts";

/**
 * A constructor of sockets for `createChat`, for one chat. Chats of one origin whose name is the
 * same share a connection. So each user needs their own name, such as `parley alice`. Where a
 * browser lacks Web Locks or BroadcastChannel, or the page is not served over TLS, each chat has a
 * connection of its own.
 */
export function sharedSocket(
  name: string,
  ports: Partial<TabPorts> = {},
): SocketConstructor | undefined {
  const given = { ...systemTabPorts(), ...ports };
  const { WebSocket, locks, BroadcastChannel } = given;
  if (!WebSocket || !locks || !BroadcastChannel) return WebSocket;
  let tab: Tab | undefined;
  const left = () => {
    tab = undefined;
  };
  const shared = { ...given, WebSocket, locks, BroadcastChannel, left };
  function SharedWebSocket(url: string, protocols?: string[]) {
    tab ??= new Tab(`parley tabs ${version} ${name}`, shared);
    return tab.open(url, protocols);
  }
  return SharedWebSocket as unknown as SocketConstructor;
}
