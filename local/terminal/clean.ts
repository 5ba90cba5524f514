/**
 * Others' text for a terminal. Control characters could move the cursor, set the title or paste;
 * overrides of direction could show a name as another. Neither gets through, and a new line is
 * indented, so that it cannot look like somebody else's message.
 */

/** Of the invisible ones, joiners are needed for emoji and for some scripts. */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const shownInstead = "\ufffd";

/** Of one line, such as a name. */
export function cleanLine(text: string): string {
  return text.replaceAll("\t", " ").replaceAll(unsafe, shownInstead);
}

/** Of any number of lines. */
export function cleanText(text: string): string {
  return text.split(/\r?\n/).map(cleanLine).join("\n    ");
}
