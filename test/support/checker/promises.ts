/** The promises of docs/protocol.md by their numbers, in as few words as a table has room for. */
export const promises: Record<number, string> = {
  1: "exactly once in the log",
  2: "no holes",
  3: "retry is harmless",
  4: "nobody is skipped",
  5: "offline is no loss",
  6: "identity is the token's",
  7: "membership is enforced",
  8: "one bad recipient harms nobody",
  9: "no silence",
  10: "any handler can die anywhere",
  11: "it does not matter where you are",
  12: "a change is what everybody reads",
  13: "deleted is gone",
  14: "no right outlives its loss",
  15: "counts heal",
  16: "somebody can always lead",
};
