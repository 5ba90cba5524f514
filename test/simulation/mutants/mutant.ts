/**
 * What a mutant is: the service with one thing wrong, as somebody could have written it. Most are
 * the real actions over ports that do one thing otherwise, so that all the rest stays true.
 */
import type { Ports } from "../../../lib/ports.ts";
import type { SmallCase } from "../caseShape.ts";
import { type Actions, type Boundary, realActions, realService, type Service } from "../service.ts";

export interface Mutant {
  what: string;
  /**
   * The promise that it breaks. Of 10, which is about kills, and 11, which is about gateways, there
   * are no words of the checker's own: one breaks 10 when it is noticed (by whatever other promise,
   * `seenAs`) only with a kill, and 11 when it is noticed only across gateways.
   */
  promise: number;
  seenAs?: number;
  small: SmallCase;
  /** A new one for each run, since some remember. */
  service: () => Service;
}

/** The real service but for some of its actions. */
export const withActions = (changed: Partial<Actions>) => () => ({
  ...realService,
  actions: { ...realActions, ...changed },
});

export const withBoundary = (boundary: Boundary) => () => ({ ...realService, boundary });

type Changes = { [P in keyof Ports]?: Partial<Ports[P]> };

/**
 * An action over ports of which some methods are others. `change` is asked once for each request,
 * so it may remember what the request did before.
 */
export function over<A extends Exclude<keyof Actions, "send" | "connect" | "disconnect">>(
  action: A,
  change: (ports: Ports, user: string) => Changes,
) {
  const real = realActions[action] as (frame: never, caller: never, ports: Ports) => unknown;
  const changed = (frame: never, caller: { user: string }, ports: Ports) =>
    real(frame, caller as never, changedPorts(ports, change(ports, caller.user)));
  return withActions({ [action]: changed });
}

/** The same for `send`, over HTTP too. */
export function overSend(change: (ports: Ports, user: string) => Changes) {
  const send: Actions["send"] = (frame, caller, ports, options) => {
    const all = ports as Ports;
    return realActions.send(frame, caller, changedPorts(all, change(all, caller.user)), options);
  };
  return withActions({ send });
}

/** And for what a gateway says. */
export function overDisconnect(change: (ports: Ports) => Changes) {
  const disconnect: Actions["disconnect"] = (connection, ports) =>
    realActions.disconnect(connection, changedPorts(ports as Ports, change(ports as Ports)));
  return withActions({ disconnect });
}

export function changedPorts(ports: Ports, changes: Changes): Ports {
  const changed = Object.entries(changes).map(([name, methods]) => [
    name,
    { ...(ports[name as keyof Ports] as object), ...(methods as object) },
  ]);
  return { ...ports, ...Object.fromEntries(changed) };
}
