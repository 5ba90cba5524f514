/** What stands above the first message of a room. */
import type { RoomSnapshot } from "parley-client";

export function Top({ room, hasOlder }: Pick<RoomSnapshot, "room" | "hasOlder">) {
  if (!hasOlder) return <Beginning room={room} />;
  return (
    <p className="top" role="status">
      Loading older messages…
    </p>
  );
}

export function Beginning({ room, isEmpty = false }: { room: string; isEmpty?: boolean }) {
  const isDirect = room.startsWith("dm:");
  const place = isDirect ? "this conversation" : `#${room}`;
  return (
    <div className={isEmpty ? "beginning empty" : "beginning"}>
      <h3>This is the beginning of {place}</h3>
      <p>
        {isEmpty
          ? `Nothing has been said yet. Write the first message${
              isDirect ? "." : ", and tell others the room's name so that they can join."
            }`
          : "Everything said since then is here."}
      </p>
    </div>
  );
}
