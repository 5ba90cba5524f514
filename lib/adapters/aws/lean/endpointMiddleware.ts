/**
 * In place of the SDK's, which works out a client's endpoint anew for each request, from a copy of
 * all its configuration.
 */
import { toEndpointV1 } from "@smithy/core/transport";

type Endpoint = ReturnType<typeof toEndpointV1>;
interface Config {
  /** Where it was given. */
  endpoint?: () => Promise<Endpoint>;
  endpointProvider(parameters: { Region: string }): { url: URL };
  region(): Promise<string>;
}
type Next = (args: unknown) => unknown;

const known = new WeakMap<Config, Promise<Endpoint>>();

export function bindEndpointMiddleware() {
  return ({ config }: { config: Config }) => {
    const endpoint = known.get(config) ?? endpointOf(config);
    known.set(config, endpoint);
    return (next: Next, context: { endpointV2?: Endpoint }) => async (args: unknown) => {
      context.endpointV2 = await endpoint;
      return next(args);
    };
  };
}

async function endpointOf(config: Config): Promise<Endpoint> {
  if (config.endpoint) return config.endpoint();
  return toEndpointV1(config.endpointProvider({ Region: await config.region() }));
}
