/**
 * Erases a user from the tables of a local or deployed service:
 *
 *     npm run erase-user -- --user alice --dry-run
 *
 * End the user's access at the issuer first: somebody with a good token may come back and write. It
 * can be stopped at any time, and run again: it goes on where it was.
 */
import { eraseUser } from "./operate/eraseUser.ts";
import { inWords, runUserCommand, tellProgress, userUsage } from "./operate/userCommand.ts";
import { startError } from "./startError.ts";

const operation = "erase a user";
const usage = `Usage: npm run erase-user -- --user USER [options]

${userUsage}`;

await runUserCommand({ operation, usage }, async (tables, { user, isDryRun }) => {
  const counts = new Map<string, number>();
  const { isBack } = await eraseUser(tables, user, {
    isDryRun,
    count: (what, by) => {
      if (by > 0) counts.set(what, (counts.get(what) ?? 0) + by);
    },
    progress: tellProgress,
  });
  console.log(`${isDryRun ? "to erase" : "erased"} ${inWords(counts)}`);
  if (isBack) {
    throw startError(
      `${user} is connected again: end their access, then run this again`,
      operation,
    );
  }
});
