/** What stands above the first message of a room. */
import type { RoomSnapshot } from "parley-client";

/** As many as the client keeps of a room. */
const messagesMax = 500;

export function Top({ room, hasOlder, messages }: RoomSnapshot) {
  if (!hasOlder) return <Beginning room={room} />;
  return (
    <p className="top" role="status">
      {messages.length >= messagesMax
        ? `The newest ${messagesMax} messages are shown.`
        : "Loading older messages…"}
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
