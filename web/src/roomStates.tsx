/** What there is to see of a room where there are no messages; and who types. */
import type { ChatRoom, RoomSnapshot } from "parley-client";
import { useState } from "react";
import { Notice } from "./notice.tsx";
import { listed } from "./people.ts";
import { Beginning } from "./roomTop.tsx";

interface AbsentProps {
  room: ChatRoom;
  title: string;
  snapshot: RoomSnapshot;
}

export function Absent({ room, title, snapshot }: AbsentProps) {
  const [problem, setProblem] = useState("");
  if (snapshot.state === "open") return <Beginning room={room.name} title={title} isEmpty />;
  if (snapshot.state === "opening") return <Skeleton />;
  const again = () => void room.join().catch((error: Error) => setProblem(error.message));
  const isStranger = snapshot.state === "idle" || snapshot.error?.code === "not_member";
  if (isStranger) {
    return (
      <Notice title={`You are not in #${room.name}`} action={`Join #${room.name}`} act={again}>
        {problem || "Join to read what was said and to take part."}
      </Notice>
    );
  }
  const retry = () => void room.open().catch(() => {}); // the snapshot says so
  return (
    <Notice title="This room cannot be opened" action="Try again" act={retry}>
      {snapshot.error?.message}
    </Notice>
  );
}

function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label="Loading messages">
      {[70, 45, 60, 30].map((width) => (
        <div key={width} className={`bone w${width}`} />
      ))}
    </div>
  );
}

interface TypingProps {
  typing: RoomSnapshot["typing"];
  names: ReadonlyMap<string, string>;
}

export function Typing({ typing, names }: TypingProps) {
  const called = typing.map((user) => names.get(user) ?? user);
  const verb = called.length === 1 ? "is" : "are";
  return (
    <p className="typing" dir="auto" aria-live="off">
      {called.length > 0 ? `${listed(called)} ${verb} typing…` : "\u00a0"}
    </p>
  );
}
