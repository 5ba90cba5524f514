/** Messages as a terminal shows them: each once, and in a line of its own what becomes of it. */
import type { Message } from "../../client/index.ts";
import { cleanLine, cleanText } from "./clean.ts";
import type { Screen } from "./screen.ts";

export class Listing {
  readonly #screen: Screen;
  /** The position up to which it was printed; undefined before its first messages. */
  #printed: number | undefined;
  /** By position, what was printed. */
  readonly #known = new Map<number, Message>();

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Print what is new, at first the newest `most`. */
  show(sent: readonly Message[], most: number): void {
    const printed = this.#printed;
    const news =
      printed === undefined ? sent.slice(-most) : sent.filter(({ seq = 0 }) => seq > printed);
    this.#printed = sent.at(-1)?.seq ?? printed ?? 0;
    for (const message of news) this.#screen.print(lineOf(message));
    for (const message of sent) {
      const before = this.#known.get(message.seq ?? 0);
      this.#known.set(message.seq ?? 0, message);
      if (before && before !== message) this.#tellChange(before, message);
    }
  }

  #tellChange(before: Message, now: Message): void {
    const tell = (text: string) => this.#screen.print(`* ${now.seq} ${text}`);
    if (now.deleted && !before.deleted) tell("was deleted");
    else if (now.text !== before.text) tell(`is now: ${cleanText(now.text)}`);
    if (!now.deleted && reactionsOf(now) !== reactionsOf(before))
      tell(`has ${reactionsOf(now) || "no reactions"}`);
    if (repliesTo(now) !== repliesTo(before)) tell(`has ${repliesTo(now)}`);
  }
}

export const isSent = ({ status }: Message) => status === "sent";

/** What a room shows: no reply that is for its thread alone. */
export const isInRoom = ({ thread, inRoom }: Message) => typeof thread !== "number" || inRoom;

export function lineOf(message: Message): string {
  const { seq, from, name, text, sentAtMs = 0, deleted, replyTo } = message;
  const time = new Date(sentAtMs).toTimeString().slice(0, "00:00".length);
  // Two people may have one name, and nobody has two of the other.
  const who = name === undefined || name.toLowerCase() === from ? from : `${name} (${from})`;
  const quote = replyTo === undefined ? "" : `(to ${replyTo}) `;
  const said = deleted ? "(deleted)" : `${quote}${cleanText(text)}`;
  const replies = repliesTo(message);
  return `${seq} ${time} ${cleanLine(who ?? "me")}: ${said}${replies && ` (${replies})`}`;
}

const reactionsOf = ({ reactions = [] }: Message) =>
  reactions.map(({ emoji, count }) => `${cleanLine(emoji)} ${count}`).join(" ");

function repliesTo({ thread }: Message): string {
  const count = typeof thread === "object" ? thread.replies : 0;
  if (count === 0) return "";
  return count === 1 ? "1 reply" : `${count} replies`;
}
