/** What an operator is told of a gateways.json that is wrong. */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { GatewayFileError, gatewaysIn } from "../../local/gatewaysFile.ts";

const eu1 = {
  name: "eu-1",
  url: "wss://a.execute-api.eu-west-1.amazonaws.com/prod",
  endpoint: "https://a.execute-api.eu-west-1.amazonaws.com/prod",
};
const local = { name: "local", url: "ws://localhost:3001", endpoint: "http://localhost:3001" };
const others = { url: "wss://b.example", endpoint: "https://b.example/prod" };

function errorOf(content: unknown): GatewayFileError {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  try {
    gatewaysIn(text);
  } catch (error) {
    if (error instanceof GatewayFileError) return error;
    throw error;
  }
  throw new Error(`taken: ${text}`);
}

describe("a gateways.json", () => {
  it("lists gateways, of which name, url and endpoint are all that must be said", () => {
    expect(gatewaysIn(JSON.stringify([eu1, local]))).toEqual([
      { ...eu1, weight: 1, state: "open" },
      { ...local, weight: 1, state: "open" },
    ]);
    const all = { ...eu1, region: "eu-west-1", capacity: 1, weight: 0.5, state: "draining" };
    expect(gatewaysIn(JSON.stringify([all]))).toEqual([all]);
    expect(gatewaysIn("[]")).toEqual([]);
  });

  it.each([
    ["{", "it is not JSON"],
    ["{}", "it is not a list of gateways: [ … ]"],
    [Array(limits.gatewaysMax + 1).fill(eu1), "it lists more than 500 gateways"],
  ])("that is none is refused as a whole", (content, message) => {
    expect(errorOf(content)).toMatchObject({ message, entry: undefined });
  });

  it.each([
    ["eu-1", { ...eu1, wieght: 2 }, "unknown field wieght"],
    ["eu-1", { ...eu1, url: undefined }, "url is missing"],
    ["eu-1", { ...eu1, url: "https://a.example" }, "url is no ws:// or wss:// URL"],
    ["eu-1", { ...eu1, endpoint: "a.example" }, "endpoint is no http:// or https:// URL"],
    ["eu-1", { ...eu1, endpoint: `${eu1.endpoint}/` }, "endpoint must not end in a slash"],
    ["eu-1", { ...eu1, capacity: 0 }, "capacity must be 1 or more"],
    ["eu-1", { ...eu1, capacity: "many" }, "capacity must be a number"],
    ["eu-1", { ...eu1, weight: 0 }, "weight must be above 0, up to 1000"],
    ["eu-1", { ...eu1, state: "closed" }, 'state must be "open" or "draining"'],
    [
      "eu-1",
      { ...eu1, region: "eu-west-2" },
      "region is eu-west-2, but the endpoint is in eu-west-1",
    ],
    ["1st", { ...eu1, name: "1st" }, "name is not a letter and then up to 63 of A–Z 0–9 . _ -"],
    ["gateway 2", { ...eu1, name: 7 }, "name must be a string"],
    ["gateway 2", "eu-1", "it must be an object"],
    ["local", { ...others, name: "local" }, "two have this name"],
    ["eu-1", { ...eu1, endpoint: local.endpoint }, "endpoint is the one of local"],
    ["eu-1", { ...eu1, url: local.url }, "url is the one of local"],
  ])("with a wrong %s is refused by its name and its field", (entry, wrong, reason) => {
    expect(errorOf([local, wrong])).toMatchObject({ entry, message: `in ${entry}, ${reason}` });
  });
});
