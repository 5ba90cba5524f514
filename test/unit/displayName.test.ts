/** Display names: nothing that hides, climbs or leads astray, and every script as it is written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayName } from "../../lib/identity/displayName.ts";
import { limits } from "../../lib/protocol/limits.ts";

/** With the joiner behind it, as behind any accent. */
const towerTop = `Z${"\u0301".repeat(6)}\u200da`;

describe("a display name", () => {
  it.each([
    ["Latin", "Alice O'Neill-Śmith"],
    ["decomposed Vietnamese", "Nguyễn Thị Hương".normalize("NFD")],
    ["Arabic with vowels", "مُحَمَّد عَبْدُ ٱللّٰه"],
    ["Persian with a joiner", "علی\u200cرضا"],
    ["Hebrew with points and accents", "בְּרֵאשִׁ֖ית"],
    ["Devanagari", "श्रीमती क्षितिजा"],
    ["Marathi with a joiner", "दऱ्या र्\u200dय"],
    ["Bengali with a joiner behind a letter", "র\u200d্যান্ডি"],
    ["Malayalam that ends in a joiner", "അവന്\u200d"],
    ["Sinhala", "ශ්\u200dරී ලංකා"],
    ["Thai", "น้ำผึ้ง ที่รัก"],
    ["Burmese", "မြွှေ ကျွန်ုပ်"],
    ["Tibetan", "བསྒྲུབས་ ཧཱུྃ"],
    ["Mongolian with a variation", "ᠠ᠋ᠮᠠ"],
    ["Japanese with a variation of an ideograph", "葛\u{E0100}飾"],
    ["Korean", "김철수"],
    ["a family", "👨\u200d👩\u200d👧\u200d👦"],
    ["skin and hair", "👩🏽\u200d🦰"],
    ["a heart on fire", "❤\uFE0F\u200d🔥"],
    ["a flag", "🇺🇦"],
    ["the rainbow flag", "🏳\uFE0F\u200d🌈"],
    ["the flag of Scotland", "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"],
    ["a keycap", "1\uFE0F\u20E3"],
    ["a sign", "✓"],
    ["Braille", "⠁⠇⠊⠉⠑⠀⠃"],
  ])("is kept to the letter: %s", (_script, name) => {
    expect(displayName(name)).toBe(name);
  });

  it.each([
    ["blanks around it", "  Alice\u3000", "Alice"],
    ["controls", "A\u0000l\u001bi\nce", "Alice"],
    ["line separators", "Al\u2028i\u2029ce", "Alice"],
    ["a change of direction", "\u202eecila\u2066", "ecila"],
    ["half a surrogate pair", "\ud800Al", "Al"],
    ["zero width characters", "al\u200bi\u2060c\ufeffe", "alice"],
    ["a soft hyphen", "al\u00adice", "alice"],
    ["joiners that join nothing", "al\u200dic\u200ce\u200d", "alice"],
    ["several joiners in a row", "ع\u200c\u200c\u200dع", "ع\u200cع"],
    ["variations of what has none", "a\ufe0fl\u{E0100}ice", "alice"],
    ["fillers", "\u115fAl\u3164ice\uffa0", "Alice"],
    ["hidden tags", "Al\u{E0041}\u{E0042}ice", "Alice"],
    ["hidden tags behind a black flag", "🏴\u{E0041}\u{E0042}\u{E0043}\u{E0044}", "🏴"],
    ["noncharacters", "Al\ufffeice", "Alice"],
    ["an accent for what stands before it", "\u0301\u0302Alice", "Alice"],
    ["an empty cell of Braille before it", "\u2800\u2800Alice\u2800", "Alice"],
    ["a tower of accents", `Z${"\u0301".repeat(63)}a`, `Z${"\u0301".repeat(6)}a`],
    ["a tower with joiners in it", `Z${`${"\u0301".repeat(6)}\u200d`.repeat(9)}a`, towerTop],
    ["a variation of a digit", "al1\ufe0fce", "al1ce"],
    ["marks of annotations and of objects", "Al\ufff9i\ufffac\ufffbe\ufffc", "Alice"],
    ["too much", "😀".repeat(70), "😀".repeat(64)],
    ["too much, cut between characters", `${"a".repeat(62)}👨\u200d👩\u200d👧`, "a".repeat(62)],
    ["too much, cut between flags", `${"a".repeat(61)}🇺🇦🇺🇦`, `${"a".repeat(61)}🇺🇦`],
  ])("loses %s", (_what, claim, shown) => {
    expect(displayName(claim)).toBe(shown);
  });

  it.each([
    ["not there", undefined],
    ["a number", 5],
    ["an object", { name: "x" }],
    ["empty", ""],
    ["blanks", " \u00a0\u2003\u3000"],
    ["NUL", "\u0000"],
    ["zero width", "\u200b\u200c\u200d\u2060\ufeff"],
    ["Hangul fillers", "\u115f\u1160\u3164\uffa0"],
    ["empty cells of Braille", "\u2800\u2800"],
    ["the null note", "\u{1D159}"],
    ["tags", "\u{E0041}\u{E006C}\u{E007F}"],
    ["variation selectors", "\ufe0f\ufe0e\u{E0100}"],
    ["line separators", "\u2028\u2029"],
    ["accents", "\u0301".repeat(63)],
    ["a character longer than a name", `${"👨\u200d".repeat(40)}👨`],
  ])("is none when it is %s", (_what, claim) => {
    expect(displayName(claim)).toBeUndefined();
  });

  const odd = fc.constantFrom(
    ..."aß1 .\u0301\u05b4\u0e34عर\u094d\u200c\u200d\u200b\ufe0f\u2028\u3164\u2800\n\u202e\u1820",
    ...["😀", "👩", "🏽", "🏴", "🇺", "\u{E0067}", "\u{E007F}", "\u{E0100}", "葛"],
  );
  const text = fc.oneof(
    fc.string({ unit: odd, maxLength: 90 }),
    fc.string({ unit: "binary", maxLength: 90 }),
  );

  it("stays within its line, its length and its height, for any name in the token", () => {
    fc.assert(
      fc.property(text, (claim) => {
        const shown = displayName(claim) ?? "a";
        expect(shown).toBe(shown.trim());
        expect([...shown].length).toBeLessThanOrEqual(limits.displayNameCharacters);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        const marks = `(?:[\\u200C\\u200D]?\\p{M}){${limits.marksInARow + 1}}`;
        expect(shown).not.toMatch(new RegExp(`^\\p{M}|${marks}`, "u"));
        expect(shown).toMatch(/[\p{L}\p{N}\p{P}\p{S}]/u);
        expect(shown.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is what it is when it comes again", () => {
    fc.assert(
      fc.property(text, (claim) => {
        const shown = displayName(claim);
        expect(displayName(shown)).toBe(shown);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps letters and digits of every script", () => {
    const letter = fc
      .integer({ min: 0x41, max: 0x2ffff })
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((character) => /^[\p{L}\p{N}]$/u.test(character))
      .filter((character) => !/\p{Default_Ignorable_Code_Point}/u.test(character));
    fc.assert(
      fc.property(fc.string({ unit: letter, minLength: 1, maxLength: 20 }), (name) => {
        expect(displayName(name)).toBe(name);
      }),
    );
  });
});
