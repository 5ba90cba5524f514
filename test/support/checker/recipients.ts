/** 8. One bad recipient harms nobody: what can be seen of it in one publish. */
import { entriesOf, type History, type Violation } from "./history.ts";

/**
 * When timers are the last thing to happen, nobody is reached, and no sender acked, only after
 * somebody silent was given up.
 */
export function nobodyWaits(history: History, silent: ReadonlySet<string>): Violation[] {
  const givenUp = entriesOf(history, "untaken").find(({ connection }) => silent.has(connection));
  if (givenUp === undefined) return [];
  const { connection: culprit } = givenUp;
  return entriesOf(history, "received")
    .filter(({ frame, at }) => at > givenUp.at && ["ack", "events"].includes(frame.type))
    .map(({ connection, frame, at }) => {
      const story = `${connection} got ${frame.type} only when ${culprit} was given up`;
      return { promise: 8, story, at, connection };
    });
}
