/**
 * The deployed dashboard with what was measured in it, as an SVG that is the same bytes for the
 * same points. Its background is drawn, so that it can be read on a dark page, too.
 */
import { dashboardOf } from "../../local/deploy/dashboard.ts";
import { type Minute, stateOfAlarms, statOf } from "./evaluator.ts";

const panel = { width: 330, height: 160, gap: 10 };
const perRow = 3;
const plot = { left: 10, right: 60, top: 54, bottom: 20 };
const alarmPx = 22;
const colours = ["#0b6bcb", "#c2410c", "#15803d", "#7c3aed", "#64748b"];

interface Incident {
  minutes: readonly Minute[];
  /** Minutes, from and to, in which something was broken. */
  broken: readonly [from: number, to: number];
}

interface Graph {
  title: string;
  metrics: [
    namespace: string,
    name: string,
    dimension: string,
    service: string,
    { stat: string },
  ][];
}

export function dashboardPicture({ minutes, broken }: Incident): string {
  const graphs = dashboardOf("parley")
    .widgets.filter(({ type }) => type === "metric")
    .map(({ properties }) => properties as unknown as Graph);
  const alarms = stateOfAlarms(minutes).filter(({ isOn }) => isOn.some(Boolean));
  const width = perRow * (panel.width + panel.gap) + panel.gap;
  const alarmsBottom = 40 + alarms.length * alarmPx + panel.gap;
  const rows = Math.ceil(graphs.length / perRow);
  const height = alarmsBottom + rows * (panel.height + panel.gap);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `role="img" font-family="system-ui, sans-serif" font-size="12">`,
    "<title>The dashboard while the tables were out of reach</title>",
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(panel.gap, 24, "Alarms that were on, minute by minute", "start", "#111"),
    ...alarms.flatMap(({ name, isOn }, row) => alarmRow(name, isOn, 40 + row * alarmPx, width)),
    ...graphs.flatMap((graph, index) => {
      const x = panel.gap + (index % perRow) * (panel.width + panel.gap);
      const y = alarmsBottom + Math.floor(index / perRow) * (panel.height + panel.gap);
      return [`<g transform="translate(${x} ${y})">`, ...graphOf(graph, minutes, broken), "</g>"];
    }),
    "</svg>",
  ].join("\n")}\n`;
}

function alarmRow(name: string, isOn: readonly boolean[], y: number, width: number): string[] {
  const left = 190;
  const step = (width - left - panel.gap) / isOn.length;
  return [
    text(left - 10, y + 14, name, "end"),
    ...isOn.map(
      (on, minute) =>
        `<rect x="${round(left + minute * step)}" y="${y}" width="${round(step - 2)}" ` +
        `height="18" fill="${on ? "#b91c1c" : "#e5e7eb"}"/>`,
    ),
  ];
}

function graphOf(
  { title, metrics }: Graph,
  minutes: readonly Minute[],
  [from, to]: Incident["broken"],
): string[] {
  const lines = metrics.map(([, name, , , { stat }]) => ({
    label: stat.startsWith("p") ? `${name} ${stat}` : name,
    values: minutes.map((minute) => statOf(stat, minute.get(name) ?? [])),
  }));
  const highest = Math.max(1, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const bottom = panel.height - plot.bottom;
  const x = (minute: number) =>
    round(plot.left + (minute / minutes.length) * (panel.width - plot.left - plot.right));
  const y = (value: number) => round(bottom - (value / highest) * (bottom - plot.top));
  return [
    `<rect width="${panel.width}" height="${panel.height}" fill="none" stroke="#ddd"/>`,
    `<rect x="${x(from)}" y="${plot.top}" width="${round(x(to) - x(from))}" ` +
      `height="${bottom - plot.top}" fill="#fee2e2"/>`,
    text(plot.left, 18, title, "start", "#111"),
    legend(lines.map(({ label }) => label)),
    `<path d="M${plot.left} ${bottom}H${panel.width - plot.right}" stroke="#999"/>`,
    text(panel.width - plot.right + 6, plot.top + 8, highest.toLocaleString("en-US"), "start"),
    text(panel.width - plot.right + 6, bottom, "0", "start"),
    text(x(0), bottom + 14, "0 min", "start"),
    text(x(minutes.length), bottom + 14, `${minutes.length} min`, "end"),
    ...lines.flatMap(({ values }, index) => lineOf(values, colours[index] ?? "#111", x, y)),
  ];
}

/** A minute without a value is a gap, and one between two gaps a dot. */
function lineOf(
  values: readonly (number | undefined)[],
  colour: string,
  x: (minute: number) => number,
  y: (value: number) => number,
): string[] {
  const at = (value: number, minute: number) => `${x(minute + 0.5)} ${y(value)}`;
  const path = values.flatMap((value, minute) => {
    if (value === undefined) return [];
    return [`${values[minute - 1] === undefined ? "M" : "L"}${at(value, minute)}h0`];
  });
  return [
    `<path d="${path.join("")}" fill="none" stroke="${colour}" stroke-width="2" ` +
      `stroke-linecap="round"/>`,
  ];
}

/** Three labels to a line. */
function legend(labels: readonly string[]): string {
  const parts = labels.map((label, index) => {
    const isFirst = index % 3 === 0;
    const place = isFirst ? ` x="${plot.left}" dy="12"` : "";
    return `<tspan fill="${colours[index]}"${place}>${isFirst ? "" : " · "}${label}</tspan>`;
  });
  return `<text y="22" font-size="10">${parts.join("")}</text>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function text(x: number, y: number, said: string, anchor: string, colour = "#444"): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${said}</text>`;
}
