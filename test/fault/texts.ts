/** What people write: mostly a line, seldom as much as a frame holds, and never twice the same. */
import type { Random } from "../simulation/random.ts";

const alphabets = ["lorem ipsum dolor sit amet ", "žluťoučký kůň ", "文字化けしない ", "🙂👩‍👩‍👧 "];
const longCharacters = 3_000;

export function textOf(cid: string, random: Random): string {
  const [alphabet, dice] = [random.pick(alphabets), random.next()];
  const characters = dice < 0.01 ? longCharacters : random.below(60);
  const points = [...alphabet.repeat(Math.ceil(characters / alphabet.length))];
  return `${cid} ${points.slice(0, characters).join("")}`.trim();
}
