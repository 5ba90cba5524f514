/** Every patch, by the piece of the product that it is in, and the stores that its tests run on. */
import type { Patch } from "./patch.ts";
import { actionPatches } from "./patches/actions.ts";
import { clientPatches } from "./patches/client.ts";
import { deliveryPatches } from "./patches/delivery.ts";
import { domainPatches } from "./patches/domain.ts";
import { batchPatches, logPatches } from "./patches/log.ts";
import { itemPatches, queryPatches } from "./patches/tables.ts";

export const pieces = {
  domain: domainPatches,
  actions: [...actionPatches, ...deliveryPatches],
  client: clientPatches,
  /** Minutes: each of these has a database. */
  dynamodb: [...logPatches, ...batchPatches, ...queryPatches, ...itemPatches],
} satisfies Record<string, readonly Patch[]>;
export type Piece = keyof typeof pieces;
export const pieceNames = Object.keys(pieces) as Piece[];

/** No test notices these, for the reason that is given. Whatever else survives fails the run. */
export const survivors: Readonly<Record<string, string>> = {
  "a room that is not complete is live":
    "harmless: a message carries the cursor of then, so at worst the service asks for a sync first",
};
