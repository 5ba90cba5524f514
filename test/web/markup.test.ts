import { describe, expect, it } from "vitest";
import { inOneLine, type Piece, piecesOf } from "../../web/src/markup.ts";

const written = (pieces: Piece[]) => pieces.map(({ kind, text }) => `${kind}:${text}`);

describe("the text of a message", () => {
  it.each<[string, string, string[]]>([
    ["is one piece where nothing is in it", "hello", ["text:hello"]],
    ["has code between backticks", "run `npm ci` now", ["text:run ", "code:npm ci", "text: now"]],
    ["keeps a single backtick", "a ` b", ["text:a ` b"]],
    ["has a block of code", "see\n```ts\na;\nb;\n```", ["text:see", "block:a;\nb;"]],
    ["has no empty line behind a block", "```\na\n```\nthen", ["block:a", "text:then"]],
    ["makes no link in code", "`https://a.example`", ["code:https://a.example"]],
    [
      "leaves the end of a sentence out of a link",
      "see https://a.example/b.",
      ["text:see ", "link:https://a.example/b", "text:."],
    ],
    [
      "leaves a bracket out that was opened before the link",
      "(https://a.example/b)",
      ["text:(", "link:https://a.example/b", "text:)"],
    ],
    ["keeps brackets of the address", "https://a.example/b_(c)", ["link:https://a.example/b_(c)"]],
    ["makes no link of another scheme", "javascript:alert(1)", ["text:javascript:alert(1)"]],
    ["makes no link of what is no address", "https://[", ["text:https://["]],
  ])("%s", (_, text, pieces) => {
    expect(written(piecesOf(text))).toEqual(pieces);
  });

  it("is quoted in one line, without the marks of code", () => {
    const text = "see\n```sh\n$ npm ci\n$ npm start\n```\nthen `npm test`,  https://a.example";
    expect(inOneLine(text)).toBe("see $ npm ci $ npm start then npm test, https://a.example");
  });

  // So long that time which grows with its square is more than the runner has: seconds at 20,000.
  it("is read in time that grows with its length", () => {
    for (const part of ["`", "```", "(", "https://a", "http://)))"]) {
      expect(piecesOf(part.repeat(100_000)).length).toBeGreaterThan(0);
    }
    for (const end of [")", ").", "...a"]) {
      expect(piecesOf(`https://a.example/${end.repeat(250_000)}`).length).toBeLessThan(3);
    }
  });
});
