/** Every patch, by the piece of the product that it changes. */
import type { Patch } from "./patch.ts";
import { actionPatches } from "./patches/actions.ts";
import { awsPatches } from "./patches/aws.ts";
import { changePatches } from "./patches/changes.ts";
import { clientPatches } from "./patches/client.ts";
import { decisionPatches } from "./patches/decisions.ts";
import { deliveryPatches } from "./patches/delivery.ts";
import { batchPatches, logPatches } from "./patches/log.ts";
import { mentionPatches } from "./patches/mentions.ts";
import { moderationPatches } from "./patches/moderation.ts";
import { reactionPatches } from "./patches/reactions.ts";
import { expiryPatches, retentionPatches } from "./patches/retention.ts";
import { roomPatches } from "./patches/rooms.ts";
import { signalPatches } from "./patches/signals.ts";
import { itemPatches, queryPatches } from "./patches/tables.ts";

export const pieces = {
  decisions: decisionPatches,
  actions: [
    ...actionPatches,
    ...changePatches,
    ...deliveryPatches,
    ...mentionPatches,
    ...moderationPatches,
    ...reactionPatches,
    ...roomPatches,
    ...retentionPatches,
    ...signalPatches,
  ],
  client: clientPatches,
  aws: awsPatches,
  /** Takes minutes: the tests of each patch start a database. */
  dynamodb: [...logPatches, ...batchPatches, ...queryPatches, ...itemPatches, ...expiryPatches],
} satisfies Record<string, readonly Patch[]>;
export type Piece = keyof typeof pieces;
export const pieceNames = Object.keys(pieces) as Piece[];
