/** Who is signed in, in this tab alone: a second window may be somebody else. */

export interface Session {
  /** Names the user's database of this browser, and nothing else. */
  user: string;
  /** A token that is good for a while. @throws when there is none just now */
  token(): string | Promise<string>;
  /** Calls back when no further token can be had without the user. */
  onEnded(call: () => void): void;
  /** Leaves the page. */
  signIn(): void;
  /** Forgets who was signed in, and leaves the page. */
  signOut(): void;
}

/** Why nobody is signed in, for the user. */
export class NotSignedIn extends Error {}
