/**
 * The gateways that a deployment's functions may post to: its own, and those in the file that
 * GATEWAYS_FILE names at packaging. serverless.yml uses the list twice: functions compare stored
 * gateways with `${gateways:endpoints}`, and roles name `${gateways:resources}`, or
 * `${gateways:posts}` if they post and never close.
 */
import { limits } from "../../lib/protocol/limits.ts";
import { readGatewaysFile } from "../gatewaysFile.ts";
import { startError } from "../startError.ts";

/** An API's own management endpoint. A custom domain hides the API that a role has to name. */
const ownEndpoint = new RegExp(
  "^https://(?<api>[a-z0-9]{1,32})\\.execute-api\\.(?<region>[a-z0-9-]{1,32})" +
    "\\.amazonaws\\.com(\\.cn)?/(?<stage>[A-Za-z0-9_-]{1,32})$",
);

/** The methods at `@connections` that a role gets, by the address of the variable it names. */
const methodsOf: Record<string, string[]> = { resources: ["POST", "DELETE"], posts: ["POST"] };

/** The value of `${gateways:address}`. @throws StartError when the file cannot be deployed */
export async function gatewaysVariable(
  address: string,
  file: string | undefined,
): Promise<string | { "Fn::Sub": string }[]> {
  const endpoints = file ? await endpointsIn(file) : [];
  if (address === "endpoints") return endpoints.join(",");
  const methods = methodsOf[address];
  if (methods === undefined) throw startError(`there is no \${gateways:${address}}`, "package");
  const own = `\${AWS::Region}:\${AWS::AccountId}:\${WebsocketsApi}/\${sls:stage}`;
  return [own, ...endpoints.map(apiOf)].flatMap((api) =>
    methods.map((method) => ({
      "Fn::Sub": `arn:\${AWS::Partition}:execute-api:${api}/${method}/@connections/*`,
    })),
  );
}

/**
 * Where sockets go that `GET /gateway` may name, if those are others than this gateway's own
 * endpoint: its domain, and the gateways of the file.
 */
export async function socketOrigins(
  ownUrl: string | undefined,
  file: string | undefined,
): Promise<string[]> {
  const urls = file ? (await readGatewaysFile(file)).map(({ url }) => url) : [];
  return [...(ownUrl ? [ownUrl] : []), ...urls].map((url) => new URL(url).origin);
}

async function endpointsIn(file: string): Promise<string[]> {
  const operation = `package with GATEWAYS_FILE: ${file}`;
  const gateways = await readGatewaysFile(file);
  if (gateways.length > limits.gatewaysDeployed) {
    const most = `it lists more than ${limits.gatewaysDeployed} gateways`;
    throw startError(`${most}, and a role has no room for more`, operation);
  }
  for (const { name, endpoint } of gateways) {
    if (ownEndpoint.test(endpoint)) continue;
    const form = "https://API.execute-api.REGION.amazonaws.com/STAGE";
    throw startError(`the endpoint of ${name} is not ${form}`, operation);
  }
  return gateways.map(({ endpoint }) => endpoint);
}

/** As ARNs name a stage of an API. */
function apiOf(endpoint: string): string {
  const { api, region, stage } = ownEndpoint.exec(endpoint)?.groups ?? {};
  return `${region}:\${AWS::AccountId}:${api}/${stage}`;
}
