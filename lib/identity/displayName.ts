/**
 * A display name from a token's claim. It is shown beside what its bearer wrote, in every client,
 * so nothing of it may reach beyond it: no line ends, no change of direction, no tower of accents.
 * Nor may it be invisible. What writing needs stays: joiners in the scripts that join, accents of
 * any script, and emoji that are made of several characters.
 */
import { limits } from "../protocol/limits.ts";

/** The name as it is shown; undefined if nothing is left to be seen. */
export function displayName(claim: unknown): string | undefined {
  if (typeof claim !== "string") return undefined;
  const cleaned = claim
    .toWellFormed()
    .replace(unsafe, "")
    .replace(flagsAndTags, "$1")
    .replace(idleSelectors, "")
    .replace(idleJoiners, "")
    .replace(surplusMarks, "$1");
  const cut = trimmed(cutTo(limits.displayNameCharacters, trimmed(cleaned)));
  return visible.test(cut) ? cut : undefined;
}

const one = (...alternatives: string[]) => new RegExp(alternatives.join("|"), "gu");

/**
 * Controls, line separators, direction marks, broken surrogates, noncharacters, marks of
 * annotations and of objects, and everything that Unicode calls ignorable but what the next
 * patterns look at.
 */
const unsafe = one(
  String.raw`[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}\uFFF9-\uFFFD]`,
  String.raw`(?!\u200C|\u200D|[\p{Variation_Selector}\u{E0020}-\u{E007F}])` +
    String.raw`\p{Default_Ignorable_Code_Point}`,
);

/** Tags stay where they spell the flag of a region, as Scotland's, and nowhere else. */
const flagsAndTags = one(
  String.raw`(\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F})`,
  String.raw`[\u{E0020}-\u{E007F}]`,
);

/** Joiners stay behind an accent, an emoji, or a letter of a script that could join. */
const unjoined = String.raw`\p{Script=Latin}|\p{Script=Greek}|\p{Script=Cyrillic}`;
const joining = String.raw`[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]`;
const joiner = String.raw`(?:\u200C|\u200D)`;
const idleJoiners = one(`(?<!(?!${unjoined})${joining})${joiner}`);

/**
 * Variation selectors stay behind an emoji or an ideograph, or a letter of Mongolian. To Unicode
 * digits are emoji, but they have a variation only in a keycap.
 */
const idleSelectors = one(
  String.raw`(?<![\p{Emoji}\p{Unified_Ideograph}\p{Script=Mongolian}])\p{Variation_Selector}`,
  String.raw`(?<=[0-9#*])\p{Variation_Selector}(?!\u20E3)`,
);

/** Accents with joiners between them stand on the same letter. */
const mark = String.raw`(?:${joiner}?\p{M})`;
const surplusMarks = one(`(${mark}{${limits.marksInARow}})${mark}+`);

/**
 * Something to see: a letter, digit, sign or emoji that is no blank one (Braille's empty cell, the
 * null note).
 */
const visible = /(?![\u2800\u{1D159}])[\p{L}\p{N}\p{P}\p{S}]/u;

/** Without blanks at its ends, and without an accent for what stands before the name. */
function trimmed(name: string): string {
  return name.replace(/^[\s\u2800\p{M}\u200C\u200D]+|[\s\u2800]+$/gu, "");
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** As many whole characters, as people see them, as have at most so many code points together. */
function cutTo(codePointsMax: number, name: string): string {
  let length = 0;
  let cut = "";
  for (const { segment } of graphemes.segment(name)) {
    length += [...segment].length;
    if (length > codePointsMax) break;
    cut += segment;
  }
  return cut;
}
