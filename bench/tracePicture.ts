/**
 * Spans as bars on one axis of time, as an SVG that is the same bytes for the same spans. Its
 * background is drawn, so that it can be read on a dark page, too.
 */
export interface Span {
  what: string;
  fromMs: number;
  toMs: number;
  /** How many of them run at once. */
  times: number;
}

/** A moment that the picture points out. */
interface Mark {
  label: string;
  atMs: number;
}

const width = 1_000;
const left = 270;
const right = 60;
const top = 50;
const rowPx = 26;
const colours: readonly [start: string, colour: string][] = [
  ["invocation", "#64748b"],
  ["post", "#15803d"],
  ["", "#0b6bcb"],
];

export function tracePicture(spans: readonly Span[], marks: readonly Mark[]): string {
  const lastMs = Math.max(...spans.map(({ toMs }) => toMs));
  const bottom = top + spans.length * rowPx;
  const x = (ms: number) => round(left + (ms / lastMs) * (width - left - right));
  const ticks = Array.from({ length: Math.floor(lastMs / 5) + 1 }, (_, index) => index * 5);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 40}" ` +
      `role="img" font-family="system-ui, sans-serif" font-size="12">`,
    "<title>One send, from its frame to the last of its requests</title>",
    `<rect width="${width}" height="${bottom + 40}" fill="#fff"/>`,
    ...ticks.flatMap((ms) => [
      line(x(ms), top, bottom, "#ddd"),
      text(x(ms), bottom + 18, `${ms} ms`, "middle"),
    ]),
    ...spans.flatMap((span, index) => bar(span, top + index * rowPx, x)),
    ...marks.flatMap(({ label, atMs }) => [
      line(x(atMs), top - 12, bottom, "#c2410c"),
      text(x(atMs), top - 18, `${label}: ${atMs} ms`, "middle", "#c2410c"),
    ]),
    "</svg>",
  ].join("\n")}\n`;
}

function bar({ what, fromMs, toMs, times }: Span, y: number, x: (ms: number) => number): string[] {
  const colour = colours.find(([start]) => what.startsWith(start))?.[1];
  const label = times > 1 ? `${what} (${times} at once)` : what;
  return [
    text(left - 10, y + 17, label, "end"),
    `<rect x="${x(fromMs)}" y="${y + 4}" width="${round(x(toMs) - x(fromMs))}" height="18" ` +
      `rx="3" fill="${colour}"/>`,
  ];
}

const round = (value: number): number => Math.round(value * 10) / 10;

const line = (x: number, y1: number, y2: number, colour: string): string =>
  `<line x1="${x}" y1="${y1}" x2="${x}" y2="${y2}" stroke="${colour}"/>`;

function text(x: number, y: number, said: string, anchor: string, colour = "#444"): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${said}</text>`;
}
