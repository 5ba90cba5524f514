/**
 * What a service that end-to-end files share must not have complained of. Whatever they sent it was
 * a client's fault, but that it did not reach some recipients: those are made up, to see what
 * becomes of the others. On a busy machine an emulator may also take an answer too late, or a
 * database give one: the client sends again, or its test fails for want of the answer. No line, of
 * any level, may hold a text or a token.
 */
const expected = /^{"level":"info"/;
/** The beginning of a token, or the field of a frame that holds what somebody wrote. */
const secret = /eyJ[\w-]{10,}\.|"text\\*":/;
const unreached = /^{"level":"\w+","what":"(recipients skipped|posts refused)"/;
const unanswered = /^(× Error|[\w-]+ failed): .*\banswers not posted: failed/;
const databaseLate = /^{.*"name":"TimeoutError","message":"no whole answer within \d+ ms"/;
/** What serverless offline prints around an error, whose own line is the one that counts. */
const around = /^(× Unhandled exception in handler '|\s+at )/;
const excused = [expected, unreached, unanswered, databaseLate, around];

export const isSurprising = (line: string): boolean =>
  secret.test(line) || (line !== "" && !excused.some((known) => known.test(line)));

/** Fails the run, if there were any. */
export function reportSurprises(surprises: readonly string[]): void {
  if (surprises.length === 0) return;
  console.error(`the service complained:\n${surprises.join("\n")}`);
  process.exitCode = 1; // an error thrown in a global set-up would be printed, and forgotten
}
