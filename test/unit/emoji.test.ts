/** What a reaction can be: one emoji. */
import { describe, expect, it } from "vitest";
import { emoji } from "../../lib/protocol/emoji.ts";

describe("a reaction", () => {
  it.each([
    ["a plain emoji", "👍"],
    ["one with a tone of skin", "👍🏿"],
    ["one with a variation selector", "❤️"],
    ["a family joined into one", "👩‍👩‍👧‍👦"],
    ["the longest that there is", "👩🏿‍❤️‍💋‍👩🏽"],
    ["a flag of two letters", "🇩🇪"],
    ["a flag of tags", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
    ["a keycap", "#️⃣"],
    ["a digit's keycap", "1️⃣"],
  ])("is %s", (_what, one) => {
    expect(emoji.safeParse(one).success).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["a letter", "a"],
    ["a digit", "1"],
    ["a sign that is no emoji without its selector", "©"],
    ["a heart without its selector", "❤"],
    ["half a flag", "🇩"],
    ["two emoji", "👍👍"],
    ["an emoji and a letter", "👍a"],
    ["an emoji and a space", "👍 "],
    ["an emoji on a line of its own", "👍\n"],
    ["two flags", "🇩🇪🇫🇷"],
    ["emoji joined as nobody recommends", "👍‍👎"],
    ["a lone surrogate", "\ud83d"],
    ["a name", ":thumbsup:"],
    ["a huge family", "👩‍".repeat(10_000)],
  ])("is not %s", (_what, other) => {
    expect(emoji.safeParse(other).success).toBe(false);
  });
});
