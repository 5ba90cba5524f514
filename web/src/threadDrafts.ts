/**
 * What is written into threads and not sent. It lies beside the rooms' drafts in the store of the
 * page, so that it survives a reload, and is gone with the room or when its user signs out.
 */
import type { Store } from "parley-client";
import type { Draft } from "./composer.tsx";

/** By room and the position of the thread's root: no room's name has a line break. */
const texts = new Map<string, string>();
const keyOf = (room: string, root: number | "") => `${room}\n${root}`;
let keep: Store["draft"] = () => {};

/** The same store, which tells what it has of threads when it is loaded. */
export function withThreadDrafts(store: Store): Store {
  keep = (key, text) => store.draft(key, text);
  return {
    async load(fail) {
      const kept = await store.load(fail);
      for (const [key, text] of kept.drafts) if (key.includes("\n")) texts.set(key, text);
      return kept;
    },
    page: (room) => store.page(room),
    draft: (room, text) => store.draft(room, text),
    chat(before, now) {
      store.chat(before, now);
      if (before.rooms === now.rooms) return;
      const mine = new Set(now.rooms.map(({ room }) => room));
      const gone = before.rooms.filter(({ room }) => !mine.has(room));
      for (const { room } of gone) forget(room);
    },
    room: (before, now, position) => store.room(before, now, position),
    clear: () => store.clear(),
  };
}

function forget(room: string): void {
  for (const key of texts.keys()) {
    if (!key.startsWith(keyOf(room, ""))) continue;
    texts.delete(key);
    keep(key, "");
  }
}

export function threadDraft(room: string, root: number): Draft {
  const key = keyOf(room, root);
  return {
    text: () => texts.get(key) ?? "",
    keep(text) {
      texts.set(key, text);
      keep(key, text);
    },
  };
}
