/**
 * Forget a connection whose gateway says that it closed. Gateways promise no such word, so nothing
 * depends on it: a connection that closed in silence is forgotten by the first post that it does
 * not take.
 */
import { type ForgetPorts, forget } from "./forget.ts";

export async function disconnect(connectionId: string, ports: ForgetPorts): Promise<void> {
  await forget(ports, connectionId);
}
