/** Chooses one of the emoji. Loaded when it is first asked for. */
import { useState } from "react";
import { emoji } from "./emoji.ts";

export default function EmojiPicker({ choose }: { choose: (emoji: string) => void }) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = emoji.filter(([, name]) => name.includes(wanted));
  return (
    <div className="picker">
      <input
        type="search"
        aria-label="Search emoji"
        placeholder="Search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <div className="grid">
        {found.map(([one, name]) => (
          <button
            key={one}
            type="button"
            aria-label={name}
            title={name}
            onClick={() => choose(one)}
          >
            {one}
          </button>
        ))}
      </div>
      {found.length === 0 && <p className="none">Nothing found.</p>}
    </div>
  );
}
