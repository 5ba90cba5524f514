/**
 * What a reaction is: one emoji, as Unicode recommends them for interchange (UTS #51, `RGI_Emoji`):
 * with its tone of skin, a family of several joined into one, a flag, a keycap. The set grows with
 * the Unicode version of the runtime.
 *
 * The pattern needs the flag `v`, which the compiler lets no literal have at its target, ES2023.
 */
import * as z from "zod/mini";

const flags = "v";
const oneEmoji = new RegExp("^\\p{RGI_Emoji}$", flags);

/** The longest take 35 bytes of UTF-8 today; nothing longer is matched at all. */
const emojiUnitsMax = 32;

export const emoji = z
  .string()
  .check(
    z.refine(
      (value) => value.length <= emojiUnitsMax && oneEmoji.test(value),
      "must be one emoji, as Unicode recommends it for interchange",
    ),
  );
