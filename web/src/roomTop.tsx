/** What stands above the first message of a room. */
import { isPrivate } from "./people.ts";

interface Props {
  room: string;
  title: string;
}

export function Top({ hasOlder, ...named }: Props & { hasOlder: boolean }) {
  if (!hasOlder) return <Beginning {...named} />;
  return (
    <p className="top" role="status">
      Loading older messages…
    </p>
  );
}

export function Beginning({ room, title, isEmpty = false }: Props & { isEmpty?: boolean }) {
  return (
    <div className={isEmpty ? "beginning empty" : "beginning"}>
      <h3 dir="auto">This is the beginning of {placeOf(room, title)}</h3>
      <p>
        {isEmpty
          ? `Nothing has been said yet. Write the first message${othersOf(room)}.`
          : "Everything said since then is here."}
      </p>
    </div>
  );
}

/** Others join a public room by its name. The name of a private one tells nobody anything. */
function placeOf(room: string, title: string): string {
  if (room.startsWith("dm:")) return "this conversation";
  return isPrivate(room) ? title : `#${room}`;
}

/** How others come into the room. */
function othersOf(room: string): string {
  if (room.startsWith("dm:")) return "";
  if (isPrivate(room)) return ", and invite others under Members";
  return ", and tell others the room's name so that they can join";
}
