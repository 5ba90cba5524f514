/** `npm run -s token`: its output is pasted and substituted, so it is the token or nothing. */
import { decodeJwt, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { tokenCommand } from "../../local/tokens.ts";
import { runToEnd } from "./processes.ts";

const secret = new TextEncoder().encode(developmentSecret);

describe("npm run token", () => {
  it("prints a token for an hour, signed for development, and nothing else", async () => {
    const { code, output, errors } = await runToEnd("token.ts", { args: ["alice"] });

    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { payload } = await jwtVerify(output.trim(), secret, { algorithms: ["HS256"] });
    const { iat = 0, exp = 0, ...claims } = payload;
    expect(claims).toEqual({ sub: "alice", name: "Alice" });
    expect(exp - iat).toBe(3600);
  });

  it("takes a time to live, a scope and a name", async () => {
    const args = ["bob", "--ttl", "15m", "--scope", "notices:write", "--name", "Bob B."];
    const { iat = 0, exp = 0, ...claims } = decodeJwt(await tokenCommand(args));
    expect(claims).toEqual({ sub: "bob", name: "Bob B.", scope: "notices:write" });
    expect(exp - iat).toBe(900);
  });

  it.each([
    ["no user", [], /name one user/],
    ["two users", ["alice", "bob"], /name one user/],
    ["a name outside the grammar", ["alice "], /"alice ".* 1–255 printable ASCII/],
    ["a time without a unit", ["alice", "--ttl", "60"], /--ttl .*"60"/],
    ["no time at all", ["alice", "--ttl", "0s"], /--ttl .*"0s"/],
    ["longer than a token may live", ["alice", "--ttl", "31d"], /--ttl .*"31d"/],
    ["an unknown option", ["alice", "--scopes", "x"], /^unable to make a token; .*'--scopes'/],
  ])("refuses %s", (_, args, reason) => expect(tokenCommand(args)).rejects.toThrow(reason));
});
