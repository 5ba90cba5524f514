/**
 * Reads the logs of a local or deployed service, such as a table that was restored, and says where
 * one breaks its promises: a position that is missing, a wrong count, an event that follows another
 * one than it says, a message that is there twice.
 *
 *     npm run verify-log -- --rooms parley-prod-restored
 *
 * It only reads, and can be stopped at any time. Without names it reads the whole table, which
 * takes a read unit for each 4 KB.
 */
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { onTables, tableOf, tableOptions, tableUsage } from "./operate/tables.ts";
import { type Verified, verifyLogs } from "./operate/verifyLogs.ts";
import { startError } from "./startError.ts";

const operation = "verify the logs";
const usage = `Usage: npm run verify-log -- [options] [ROOM …]

  ROOM …               only these rooms (default: all, by reading the whole table)

${tableUsage}`;

/** More of them say no more, and a table of other items would fill the screen. */
const faultsShown = 100;

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: { ...tableOptions, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(usage);
  await onTables(values, operation, async (tables) => {
    let shown = 0;
    const verified = await verifyLogs(tableOf(tables, "rooms"), positionals, {
      fault: (room, fault) => {
        shown += 1;
        if (shown <= faultsShown) console.log(`${room}: ${fault}`);
      },
      progress: (soFar) => console.log(`${inWords(soFar)} so far`),
    });
    if (verified.faults > 0) throw startError(inWords(verified), operation);
    console.log(inWords(verified));
  });
});

function inWords({ rooms, events, faults }: Verified): string {
  return `${faults} faults in ${events} events of ${rooms} rooms`;
}
