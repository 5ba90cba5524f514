/**
 * In place of parts of the SDK that a function does not reach: streams of events, discovery of
 * endpoints, a store of invocations that run at once, and the handler and signer that ours replace.
 * Code that is reached all the same throws.
 */
class LeftOut {
  constructor() {
    throw new Error("left out of the bundle: see local/bundling.cjs");
  }
}

export {
  LeftOut as AdaptiveRetryStrategy,
  LeftOut as EventStreamSerde,
  LeftOut as Sha256,
  LeftOut as SignatureV4,
};

/** The clients are given the handler that they are to use. */
export const NodeHttpHandler = { create: <Handler>(given: Handler): Handler => given };

export const streamCollector = (): never => {
  throw new LeftOut();
};
export const loadConfig =
  <T>({ default: usual }: { default: T }) =>
  async (): Promise<T> =>
    usual;
/** An instance runs one invocation at a time, whose trace is in the environment. */
export const InvokeStore = { getInstanceAsync: async (): Promise<undefined> => undefined };
export const awsEndpointFunctions = {};
/** A function, because some are called while modules are loaded, before this one. */
export function getEndpointFromConfig(): undefined {}
export {
  getEndpointFromConfig as bindGetEndpointFromInstructions,
  getEndpointFromConfig as resolveParams,
};
export const eventStreamSerdeProvider = (): undefined => undefined;
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;
