/**
 * What a bench has to say, once for people (Markdown, which a terminal shows just as well) and once
 * for programs. A `bar` is a promise that can be missed: the run then fails. An aim is only told.
 */
import { cpus } from "node:os";

export type Row = Readonly<Record<string, string | number>>;

export interface Table {
  title: string;
  rows: readonly Row[];
}

export interface Bar {
  promise: string;
  measured: number;
  /** The most that keeps the promise. */
  most: number;
  isAim?: true;
}

export interface Outcome {
  tables: readonly Table[];
  bars: readonly Bar[];
  notes: readonly string[];
}

export interface Bench {
  /** One line for the list of benches. */
  about: string;
  /** `isQuick`: seconds instead of minutes, for a first look and for tests. */
  run(isQuick: boolean): Promise<Outcome>;
}

export function merged(outcomes: readonly Outcome[]): Outcome {
  return {
    tables: outcomes.flatMap(({ tables }) => tables),
    bars: outcomes.flatMap(({ bars }) => bars),
    notes: outcomes.flatMap(({ notes }) => notes),
  };
}

export const isMet = ({ measured, most }: Bar): boolean => measured <= most;

export const hasMissed = ({ bars }: Outcome): boolean =>
  bars.some((bar) => !isMet(bar) && !bar.isAim);

/** What ran it, without which no number means anything. */
export function machine(): string {
  const [first] = cpus();
  const processors = `${cpus().length} × ${first?.model.trim() ?? "an unknown processor"}`;
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${processors}`;
}

export function toMarkdown({ tables, bars, notes }: Outcome): string {
  const parts = tables.map(({ title, rows }) => `**${title}**\n\n${toTable(rows)}`);
  if (bars.length > 0) parts.push(bars.map(toLine).join("\n"));
  parts.push(...notes);
  return parts.join("\n\n");
}

function toLine(bar: Bar): string {
  const kind = bar.isAim ? "aim" : "bar";
  const verdict = isMet(bar) ? "met" : "MISSED";
  return `- ${kind} ${verdict}: ${bar.promise}: ${printed(bar.measured)} (at most ${bar.most})`;
}

function toTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => printed(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => length(row, index))));
  const isNumber = columns.map((column) => typeof rows[0]?.[column] === "number");
  const line = (row: string[]) => {
    const padded = row.map((cell, index) => {
      const width = widths[index] ?? 0;
      return isNumber[index] ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const [head = [], ...body] = cells;
  const rule = widths.map((width, index) =>
    isNumber[index] ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [line(head), line(rule), ...body.map(line)].join("\n");
}

const length = (row: readonly string[], index: number): number => row[index]?.length ?? 0;

/** Three digits are more than these measurements are worth. */
function printed(value: string | number = ""): string {
  if (typeof value === "string") return value;
  return Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
