/** Tables and paragraphs of a generated page, the same bytes for the same content. */
import type { Grid } from "./tables.ts";

export function grid({ head, rows }: Grid): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const isNumber = head.map((_, index) =>
    rows.every((row) => /^[$*]*[-–\d]|^$/.test(row[index] ?? "")),
  );
  const rule = isNumber.map((is) => (is ? "---:" : "---"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

const lineCharacters = 110;

/** A paragraph, broken where its lines are full and not where the source is. */
export function prose(parts: TemplateStringsArray, ...values: readonly string[]): string {
  const lines: string[] = [];
  for (const word of String.raw({ raw: parts.map(unescaped) }, ...values).split(/\s+/)) {
    const last = lines.at(-1);
    const isFull = last === undefined || last.length + 1 + word.length > lineCharacters;
    if (isFull) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}

const unescaped = (part: string): string => part.replaceAll("\\`", "`");
