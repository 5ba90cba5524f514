/**
 * How long a change takes in a small room, from its request until the others have been told, beside
 * a send in the same room: with the latencies of AWS in virtual time, where what waits for what
 * decides, so that it comes out the same on every machine; and on both emulators.
 */
import { virtualTime } from "../capacity/measuring/virtualTime.ts";
import { actionTable } from "../lib/actions/actionTable.ts";
import { startDatabase } from "../local/emulator/database/database.ts";
import { bars, measureChangesOnEmulators } from "./changesOnEmulators.ts";
import { meteredService } from "./meteredService.ts";
import { type Bar, merged, type Outcome } from "./outcome.ts";
import { latencies, pastMessages, room, roomOfFour } from "./roomOfFour.ts";
import { say } from "./unitsScenario.ts";

export const about = "an edit, a delete and a reaction, from the request to the others, in sends";

export async function run(isQuick: boolean): Promise<Outcome> {
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  return merged([await measureChanges(endpoint), await measureChangesOnEmulators(isQuick)]);
}

interface Told {
  arrivalMs: number;
  /** Until the reply; of a send, until the ack. */
  replyMs: number;
}

export async function measureChanges(endpoint: string): Promise<Outcome> {
  const told = await timesOf(endpoint);
  const sendMs = told["send"]?.arrivalMs ?? Number.NaN;
  return {
    tables: [
      {
        title: "A change in a room of four, with the latencies of AWS: milliseconds",
        rows: Object.entries(told).map(([action, { arrivalMs, replyMs }]) => ({
          action,
          "arrives after": arrivalMs,
          "answered after": replyMs,
          "÷ a send's arrival": arrivalMs / sendMs,
        })),
      },
    ],
    bars: Object.entries(bars).map(
      ([action, most]): Bar => ({
        promise: `arrival of ${action}, in arrivals of a send`,
        measured: (told[action]?.arrivalMs ?? Number.NaN) / sendMs,
        most,
      }),
    ),
    notes: [
      `Virtual time: an invocation takes ${latencies.invocationMs} ms, a table request ` +
        `${latencies.tableMs} ms and a post ${latencies.postMs} ms, and our own work none. A ` +
        "send is answered by a post of its own; a change when the others have been told.",
    ],
  };
}

async function timesOf(endpoint: string): Promise<Record<string, Told>> {
  const time = virtualTime();
  let arrivedAtMs = Number.NaN;
  const service = await meteredService(endpoint, "changes-", {
    request: (work) => time.pass(latencies.tableMs, work),
    async post(_bytes, frame) {
      await time.pass(latencies.postMs, async () => {});
      if (frame.type === "events") arrivedAtMs = time.nowMs();
    },
  });
  const { ports, costOf, close } = service;
  try {
    const alice = await roomOfFour(service);
    const seq = pastMessages + 1;
    const requests: Record<string, () => Promise<unknown>> = {
      send: () => say({ room }, alice, ports),
      edit: () => actionTable.edit({ action: "edit", room, seq, text: "edited" }, alice, ports),
      react: () =>
        actionTable.react({ action: "react", room, seq, emoji: "👍", on: true }, alice, ports),
      delete: () => actionTable.delete({ action: "delete", room, seq }, alice, ports),
    };
    const told: Record<string, Told> = {};
    for (const [action, request] of Object.entries(requests)) {
      await time.settled();
      const startedAtMs = time.nowMs();
      await time.pass(latencies.invocationMs, async () => {});
      await costOf(request);
      told[action] = { replyMs: time.nowMs() - startedAtMs, arrivalMs: arrivedAtMs - startedAtMs };
    }
    return told;
  } finally {
    close();
  }
}
