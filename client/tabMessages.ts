/** What tabs say to each other. Whoever changes this raises `version`, since tabs may differ. */

/** Tabs of another version are a group of their own, with a connection of its own. */
export const version = 1;

/** To the tab that leads, of one of the sender's sockets. */
export type ToLeader = { to: string; tab: string; key: string } & (
  | { is: "open"; url: string; protocols: string[] | undefined }
  | { is: "frame"; data: string }
  | { is: "close" }
);

/** What became of some sockets. */
export type Told = { keys: string[] } & (
  | { is: "opened" }
  | { is: "frame"; data: string }
  | { is: "closed" }
);

export type TabMessage =
  | { is: "who" } // leads?
  | { is: "here"; from: string; sinceMs: number } // I do
  | (Told & { from: string })
  | ToLeader;
