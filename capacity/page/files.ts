/**
 * docs/capacity.md and its picture, from what was measured and what is assumed: the same bytes
 * whenever those are the same.
 */

import { limits } from "../../lib/protocol/limits.ts";
import { habits } from "../habits.ts";
import type { Measured } from "../measured.ts";
import { messageUsage, secondsToDeliver } from "../message.ts";
import { prices } from "../prices.ts";
import { requestsPerSecond } from "../quotas.ts";
import { capacityPage } from "./page.ts";
import { picture } from "./picture.ts";
import { compact, messageUsd, roomSizes, type Scale, scalesOf } from "./tables.ts";

/** `path`: relative to the root. */
export interface WrittenFile {
  path: string;
  content: string;
}

const picturePath = "docs/capacity.svg";

export function capacityFiles(measured: Measured): WrittenFile[] {
  const scales = scalesOf(habits, measured);
  return [
    { path: "docs/capacity.md", content: capacityPage(measured, scales) },
    { path: picturePath, content: drawn(measured, scales) },
  ];
}

/** Lines that nobody could tell from the axis are left out. */
const shareLeast = 0.005;

function drawn(measured: Measured, scales: readonly Scale[]): string {
  const [first] = scales;
  const lines = prices.flatMap(({ line }, index) => {
    const share = (first?.bill[index]?.usd ?? 0) / (first?.usd ?? 1);
    const points = scales.map(({ users, bill }) => [users, bill[index]?.usd ?? 0] as const);
    return share < shareLeast ? [] : [{ label: line, points }];
  });
  const all = scales.map(({ users, usd }) => [users, usd] as const);
  return picture("A month's bill by users, and one message's cost and time by the room's size", [
    {
      title: "A month's bill, in dollars",
      xTitle: "users",
      xExponents: [3, 7],
      yExponents: [-1, 7],
      xLabel: compact,
      yLabel: (value) => (value < 1 ? "10 c" : `$${compact(value)}`),
      curves: [{ label: "all", points: all, isBold: true }, ...lines],
    },
    {
      title: "One message, by the connections that hear it",
      xTitle: "connections in the room",
      xExponents: [0, 6],
      yExponents: [-6, 3],
      xLabel: compact,
      yLabel: (value) =>
        value < 1 ? value.toFixed(-Math.round(Math.log10(value))) : compact(value),
      curves: [
        { label: "dollars", points: costs(measured, 1), isBold: true },
        { label: "dollars, ten share", points: costs(measured, 10) },
        { label: "seconds, no quotas", points: seconds(measured, 0) },
        { label: "seconds, one gateway", points: seconds(measured, 1 / requestsPerSecond) },
      ],
    },
  ]);
}

const between = roomSizes.flatMap((size) =>
  size === limits.directConnections ? [size, size + 1] : [size],
);

const costs = (measured: Measured, together: number) =>
  between.map((size) => [size, messageUsd(messageUsage(measured, size, together))] as const);

const seconds = (measured: Measured, secondsPerPost: number) =>
  between.map((size) => {
    const posting = messageUsage(measured, size).posts * secondsPerPost;
    return [size, Math.max(secondsToDeliver(measured, size), posting)] as const;
  });
