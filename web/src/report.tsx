/** Tells those who lead a room of a message. */
import type { ChatRoom, Message } from "parley-client";
import * as rooms from "parley-client/rooms";
import { Dialog } from "./dialog.tsx";
import { ReasonForm } from "./reasonForm.tsx";

interface Props {
  room: ChatRoom;
  message: Message;
  done: () => void;
}

export function Report({ room, message, done }: Props) {
  return (
    <Dialog title="Report this message" close={done}>
      <ReasonForm
        about="Those who lead the room are shown a copy of it."
        action="Report"
        act={(reason) => rooms.report(room, message.seq ?? 0, { reason })}
        done={done}
      />
    </Dialog>
  );
}
