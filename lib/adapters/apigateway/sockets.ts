/**
 * Posting through API Gateway's management API with Node's own HTTP client and a signature of our
 * own: posting is most of what this service spends CPU on, and the SDK takes several times as much
 * for it (docs/decisions/0012). It makes one attempt; retry policy lives above, in pubsub/post.ts.
 */
import type { IncomingMessage } from "node:http";
import type { Address, PostResult, Sockets } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { type Exchange, exchange } from "../aws/exchange.ts";
import { inTurn } from "../aws/inTurn.ts";
import type { Credentials } from "../aws/signature.ts";
import { postResult } from "./answer.ts";
import { parseEndpoint } from "./endpoint.ts";
import { type SignFor, signer } from "./signer.ts";

export interface ApiGatewayOptions {
  /** Signs for gateways whose endpoint does not name one (custom domains, emulators). */
  region: string;
  /** Asked once a second at most, while posting; renews them before they expire. */
  credentials: () => Promise<Credentials>;
  /** Sockets to each gateway, at most. */
  socketsMax?: number;
}

const nothing = new Uint8Array();
/** A status that has come is the answer. */
const discard = (response: IncomingMessage) => void response.resume();

export function apiGatewaySockets(options: ApiGatewayOptions): Sockets {
  const { region, credentials, socketsMax = limits.postsPerGateway } = options;
  const known = new Map<string, { signFor: SignFor; exchange: Exchange }>();
  const gatewayAt = (url: string) => {
    const found = known.get(url);
    if (found !== undefined || !URL.canParse(url)) return found;
    const endpoint = parseEndpoint(url, region);
    const made = {
      signFor: signer(endpoint, credentials),
      exchange: exchange(endpoint, { socketsMax }),
    };
    known.set(url, made);
    return made;
  };
  const ask = async (
    method: "POST" | "DELETE",
    { gateway, connectionId }: Address,
    body: Uint8Array<ArrayBuffer>,
    withinMs: number,
  ): Promise<PostResult> => {
    const at = gatewayAt(gateway);
    if (at === undefined) return "refused";
    const signed = inTurn().then(() => at.signFor(method, connectionId, body));
    const { response } = await at.exchange.ask(signed, withinMs, discard);
    return postResult(response?.statusCode);
  };
  return {
    post: (to, frame, withinMs) => ask("POST", to, frame, withinMs),
    close: (connection, withinMs) => ask("DELETE", connection, nothing, withinMs),
  };
}
