/**
 * Writes everything that the tables of a local or deployed service hold about a user, as JSON, a
 * line for each fact:
 *
 *     npm run -s export-user -- --user alice > alice.jsonl
 *
 * It only reads, and can be stopped and run again at any time. It reads the logs of all rooms that
 * the user has ever belonged to, for a read unit each 4 KB, and one for each message in them.
 */
import { once } from "node:events";
import { exportUser } from "./operate/exportUser.ts";
import { inWords, runUserCommand, tellProgress, userUsage } from "./operate/userCommand.ts";

const operation = "export a user";
const usage = `Usage: npm run -s export-user -- --user USER [options]

${userUsage}`;

/** Not a line for each page. */
const progressEvents = 100_000;

await runUserCommand({ operation, usage }, async (tables, { user, isDryRun }) => {
  const counts = new Map<string, number>();
  let toldAt = progressEvents;
  const facts = exportUser(tables, user, ({ rooms, events }) => {
    if (events < toldAt) return;
    tellProgress(`${events} events of ${rooms} rooms so far`);
    toldAt += progressEvents;
  });
  for await (const fact of facts) {
    counts.set(fact.type, (counts.get(fact.type) ?? 0) + 1);
    if (isDryRun || process.stdout.write(`${JSON.stringify(fact)}\n`)) continue;
    await once(process.stdout, "drain");
  }
  tellProgress(inWords(counts));
});
