/** I am no member any more, and what I was writing is still mine. */
import type { ChatRoom, RoomSnapshot } from "parley-client";
import { Notice } from "./notice.tsx";
import { open } from "./route.ts";

interface Props {
  room: ChatRoom;
  snapshot: RoomSnapshot;
  title: string;
}

export function Removed({ room, snapshot, title }: Props) {
  const { by, reason } = snapshot;
  const draft = room.draft.trim();
  return (
    <Notice
      title={by === undefined ? `You have left ${title}` : `${by} removed you from ${title}`}
      action="Back to my conversations"
      act={() => open(undefined)}
    >
      {reason !== undefined && `The reason: ${reason}`}
      {draft !== "" && (
        <label className="kept-draft">
          What you were writing
          <textarea readOnly rows={3} value={draft} />
        </label>
      )}
    </Notice>
  );
}
