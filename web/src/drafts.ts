/** Text that was not sent, by user and room. A browser may forbid storing: then it is lost. */
const keyOf = (user: string, room: string) => `parley-draft ${user} ${room}`;

export function draftOf(user: string | undefined, room: string): string {
  try {
    return user === undefined ? "" : (localStorage.getItem(keyOf(user, room)) ?? "");
  } catch {
    return "";
  }
}

export function keepDraft(user: string | undefined, room: string, text: string): void {
  try {
    if (user === undefined) return;
    if (text === "") localStorage.removeItem(keyOf(user, room));
    else localStorage.setItem(keyOf(user, room), text);
  } catch {
    // Full, or forbidden.
  }
}
