/**
 * What in a message's text is code and what is a link. It only ever cuts the text into pieces,
 * which React puts on the page as text: no piece is ever HTML. A link is http or https and nothing
 * else, so no text can become a script.
 */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "block"; text: string }
  | { kind: "mention"; text: string }
  | { kind: "link"; text: string; href: string };

/** A block stands on lines of its own, so the breaks around it are not shown. */
const fence = /\n?```(?:[\w+-]*\n)?([\s\S]+?)\n?```\n?/g;
const inline = /`([^`\n]+)`|(https?:\/\/[^\s<>"`]+)/g;
/** Each ends a sentence more often than an address. */
const trailing = `.,:;!?'"…`;

/** `mentions` are users; where the text has one of them behind an @, that is shown as a mention. */
export function piecesOf(text: string, mentions: readonly string[] = []): Piece[] {
  const mention = mentionOf(mentions);
  const between = (rest: string) => inlinePieces(rest, mention);
  return cut(text, fence, ([, code = ""]) => [{ kind: "block", text: code }], between);
}

/** In one line, as in a quote: without the marks of code. */
export function inOneLine(text: string): string {
  return piecesOf(text)
    .map((piece) => (piece.kind === "block" ? ` ${piece.text} ` : piece.text))
    .join("")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function inlinePieces(text: string, mention: RegExp | undefined): Piece[] {
  const literal = (rest: string): Piece[] => mentionPieces(rest, mention);
  return cut(
    text,
    inline,
    ([, code, address]) => {
      if (code !== undefined) return [{ kind: "code", text: code }];
      return linkPieces(address ?? "");
    },
    literal,
  );
}

function mentionPieces(text: string, mention: RegExp | undefined): Piece[] {
  const literal = (rest: string): Piece[] => [{ kind: "text", text: rest }];
  if (mention === undefined) return literal(text);
  return cut(text, mention, ([found]) => [{ kind: "mention", text: found }], literal);
}

function mentionOf(mentions: readonly string[]): RegExp | undefined {
  if (mentions.length === 0) return undefined;
  // The longest first: @bobby is not @bob.
  const names = [...mentions].sort((a, b) => b.length - a.length).map(escaped);
  return new RegExp(`@(?:${names.join("|")})(?![\\w-])`, "g");
}

const escaped = (name: string) => name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

function linkPieces(found: string): Piece[] {
  const address = found.slice(0, addressEnd(found));
  const rest = found.slice(address.length);
  const after: Piece[] = rest === "" ? [] : [{ kind: "text", text: rest }];
  if (!URL.canParse(address)) return [{ kind: "text", text: found }];
  return [{ kind: "link", text: address, href: new URL(address).href }, ...after];
}

/** Reads each character once: what is shown is a stranger's, and may be nothing but brackets. */
function addressEnd(found: string): number {
  let unopened = count(found, ")") - count(found, "(");
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found.charAt(end - 1);
    if (trailing.includes(last)) continue;
    // A bracket that was opened before the address is closed behind it.
    if (last !== ")" || unopened <= 0) break;
    unopened -= 1;
  }
  return end;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function cut(
  text: string,
  pattern: RegExp,
  found: (match: RegExpExecArray) => Piece[],
  between: (rest: string) => Piece[],
): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) pieces.push(...between(text.slice(end, match.index)));
    pieces.push(...found(match));
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push(...between(text.slice(end)));
  return pieces;
}
