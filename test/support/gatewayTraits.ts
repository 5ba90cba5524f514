/**
 * Where the two gateways that the end-to-end files run on differ, as far as a client can tell: each
 * difference by name, asked where it matters. `PARLEY_GATEWAY=faithful`, which the project of that
 * name sets, chooses the one that does what AWS does, here as for `npm start`.
 */
const isFaithful = process.env["PARLEY_GATEWAY"] === "faithful";

export const gateway = {
  /** Ends a connection with 1003 for a binary frame, and with 1009 for more than 128 KB. */
  cutsAtLimits: isFaithful,
  /** Runs a function in one process, whose memory all its invocations share. */
  sharesMemory: !isFaithful,
};
