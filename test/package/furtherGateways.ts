/**
 * The gateways of `GATEWAYS_FILE`, in the package: the functions compare with them, the roles name
 * them, and nothing else changes.
 */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { gatewaysVariable } from "../../local/deploy/furtherGateways.ts";
import { logicalName, postingFunctions } from "./functions.ts";
import type { Packaged } from "./packaged.ts";

export const gatewaysFile = fileURLToPath(new URL("gateways.json", import.meta.url));

const manage = "execute-api:ManageConnections";
const apis = ["eu-west-1:<AWS::AccountId>:a1b2c3d4e5", "eu-central-1:<AWS::AccountId>:f6g7h8i9j0"];

export function describeFurther(packaged: () => Packaged, listing: () => Packaged): void {
  it("are what every function that posts may post to, beside its own", async () => {
    const listed: { endpoint: string }[] = JSON.parse(await readFile(gatewaysFile, "utf8"));
    for (const name of postingFunctions) {
      const own = environmentOf(packaged(), name);
      expect(own).toMatchObject({ FURTHER_GATEWAYS: "" });
      expect(environmentOf(listing(), name)).toEqual({
        ...own,
        FURTHER_GATEWAYS: listed.map(({ endpoint }) => endpoint).join(","),
      });
    }
  });

  it("are what the roles of these functions name, method by method", () => {
    for (const name of postingFunctions) {
      const more = resourcesOf(listing(), name).filter(
        (resource) => !resourcesOf(packaged(), name).includes(resource),
      );
      expect(more).toEqual(
        apis.flatMap((api) =>
          (name === "disconnect" ? ["POST"] : ["POST", "DELETE"]).map(
            (method) => `arn:<AWS::Partition>:execute-api:${api}/prod/${method}/@connections/*`,
          ),
        ),
      );
    }
  });

  it("change nothing else", () => {
    const withoutThem = ({ resources }: Packaged) =>
      JSON.parse(JSON.stringify(resources), (key, value) =>
        // `S3Key` holds the time of packaging.
        key === "FURTHER_GATEWAYS" || key === "S3Key" || Object(value).Action === manage
          ? undefined
          : value,
      );
    expect(withoutThem(listing())).toEqual(withoutThem(packaged()));
  });

  describeFiles(packaged);
}

/** What a file may be, asked of the variable itself: packaging takes seconds. */
function describeFiles(packaged: () => Packaged): void {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "parley-gateways-"));
  });

  const file = async (content: unknown) => {
    const path = join(folder, "gateways.json");
    await writeFile(path, JSON.stringify(content));
    return path;
  };
  const gateway = (n: number, endpoint = endpointOf(n)) => {
    return { name: `gateway-${n}`, url: `wss://${n}.example`, endpoint };
  };
  const many = (count: number) => Array.from({ length: count }, (_, n) => gateway(n));

  it("fit, at their most, into a role's policies and a function's variables", async () => {
    const path = await file(many(limits.gatewaysDeployed));
    const endpoints = String(await gatewaysVariable("endpoints", path));
    const named = await gatewaysVariable("resources", path);
    for (const name of postingFunctions) {
      const own = environmentOf(packaged(), name);
      const variables = { ...own, AUTH_ISSUER: "", AUTH_AUDIENCE: "", FURTHER_GATEWAYS: endpoints };
      // AWS: 4 KB for a function's variables, their names included; 1 KB is for what stages say.
      expect(Object.entries(variables).flat().join("").length).toBeLessThan(4_096 - 1_024);
      const { Policies } = packaged().resources[`${logicalName(name)}Role`]?.Properties ?? {};
      const ownPolicies = JSON.stringify(Policies).length;
      const theirs = JSON.stringify(named).replaceAll('{"Fn::Sub":', "").length;
      // AWS: 10,240 characters for a role's inline policies.
      expect(ownPolicies + theirs).toBeLessThan(10_240);
    }
  });

  it.each([
    ["more than fit", many(limits.gatewaysDeployed + 1), /lists more than 40 gateways/],
    ["a custom domain", [gateway(1, "https://chat.example.com")], /endpoint of gateway-1 is not/],
    ["no stage", [gateway(1, endpointOf(1).replace("/prod", ""))], /endpoint of gateway-1/],
    ["a stage for all", [gateway(1, endpointOf(1).replace("/prod", "/*"))], /endpoint of/],
    ["plain HTTP", [gateway(1, endpointOf(1).replace("https", "http"))], /endpoint of/],
    ["no list", {}, /not a list of gateways/],
  ])("are refused with a reason when the file has %s", async (_case, content, reason) => {
    const path = await file(content);
    await expect(gatewaysVariable("resources", path)).rejects.toThrow(reason);
  });

  it("are refused with a reason when there is no such file", async () => {
    const path = join(folder, "none.json");
    await expect(gatewaysVariable("endpoints", path)).rejects.toThrow("there is no such file");
  });
}

/** As long as they usually come: the longest region's name. */
function endpointOf(n: number): string {
  const api = String(n).padStart(10, "a1b2c3d4e5");
  return `https://${api}.execute-api.ap-southeast-1.amazonaws.com/prod`;
}

function environmentOf({ resources }: Packaged, name: string): Record<string, string> {
  const found = resources[`${logicalName(name)}LambdaFunction`]?.Properties["Environment"];
  return (found as { Variables: Record<string, string> }).Variables;
}

/** What the role lets the function post through. */
function resourcesOf({ resources }: Packaged, name: string): string[] {
  const { Policies } = resources[`${logicalName(name)}Role`]?.Properties ?? {};
  const [{ PolicyDocument }] = Policies as [{ PolicyDocument: { Statement: Statement[] } }];
  return PolicyDocument.Statement.filter(({ Action }) => Action === manage).flatMap(
    ({ Resource }) => Resource,
  );
}

interface Statement {
  Action: string | string[];
  Resource: string[];
}
