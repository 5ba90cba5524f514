/**
 * Curves on logarithmic axes, as an SVG that is the same bytes for the same numbers. Its background
 * is drawn, so that it can be read on a dark page, too.
 */
interface Curve {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
  isBold?: true;
}

interface Panel {
  title: string;
  xTitle: string;
  /** Powers of ten. */
  xExponents: readonly [least: number, most: number];
  yExponents: readonly [least: number, most: number];
  xLabel(value: number): string;
  yLabel(value: number): string;
  curves: readonly Curve[];
}

const width = 1_000;
const height = 460;
const plot = { top: 50, height: 350, width: 300, left: 60 };
const colours = ["#0b6bcb", "#c2410c", "#15803d", "#7e22ce", "#b45309", "#be185d", "#0f766e"];
const labelPx = 13;

/** `title`: for who cannot see it. */
export function picture(title: string, panels: readonly Panel[]): string {
  const step = width / panels.length;
  const drawn = panels.map((panel, index) => draw(panel, index * step + plot.left));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `role="img" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...drawn.flat(),
    "</svg>",
  ].join("\n")}\n`;
}

function draw(panel: Panel, left: number): string[] {
  const x = scale(panel.xExponents, left, left + plot.width);
  const y = scale(panel.yExponents, plot.top + plot.height, plot.top);
  const right = left + plot.width;
  const bottom = plot.top + plot.height;
  const grid = [
    ...powers(panel.xExponents).flatMap((value) => [
      line(x(value), plot.top, x(value), bottom),
      text(x(value), bottom + 16, panel.xLabel(value), "middle"),
    ]),
    ...powers(panel.yExponents).flatMap((value) => [
      line(left, y(value), right, y(value)),
      text(left - 6, y(value) + 4, panel.yLabel(value), "end"),
    ]),
  ];
  const places = spread(panel.curves.map(({ points }) => y(points.at(-1)?.[1] ?? 1)));
  const curves = panel.curves.flatMap(({ label, points, isBold }, index) => {
    const colour = isBold ? "#111" : (colours[index % colours.length] ?? "#111");
    const path = points.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(" ");
    const weight = isBold ? 2.5 : 1.5;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${weight}"/>`,
      text(right + 6, (places[index] ?? 0) + 4, label, "start", colour),
    ];
  });
  return [
    `<text x="${left}" y="26" font-size="15" fill="#111">${panel.title}</text>`,
    ...grid,
    text((left + right) / 2, bottom + 36, panel.xTitle, "middle"),
    ...curves,
  ];
}

function scale([least, most]: readonly [number, number], from: number, to: number) {
  return (value: number): number =>
    from + ((Math.log10(value) - least) / (most - least)) * (to - from);
}

function powers([least, most]: readonly [number, number]): number[] {
  return Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
}

/** Where labels go that would lie on each other: the lower ones further down. */
function spread(wanted: readonly number[]): number[] {
  const places = [...wanted];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { index } of wanted
    .map((place, index) => ({ place, index }))
    .sort((a, b) => a.place - b.place)) {
    lowest = Math.max(places[index] ?? 0, lowest + labelPx);
    places[index] = lowest;
  }
  return places;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#ddd"/>`;

function text(x: number, y: number, said: string, anchor: string, colour = "#444"): string {
  const at = `x="${round(x)}" y="${round(y)}"`;
  return `<text ${at} text-anchor="${anchor}" fill="${colour}">${said}</text>`;
}
