/** The frame of the page: my rooms at the side, one of them in the middle. */
import type { Chat } from "parley-client";
import { useChat, useInvitations, useRooms } from "parley-client/react";
import { decline, isRequest, requests } from "parley-client/rooms";
import { useEffect, useRef, useState } from "react";
import { ConnectionBanner } from "./connection.tsx";
import { Conversation } from "./conversation.tsx";
import { type Ask, NewConversation } from "./newConversation.tsx";
import { titleOf } from "./people.ts";
import { Requests } from "./requests.tsx";
import { open, useRoute } from "./route.ts";
import type { Session } from "./session.ts";
import { Sidebar } from "./sidebar.tsx";
import { Welcome } from "./welcome.tsx";

interface Props {
  chat: Chat;
  session: Session;
}

export function App({ chat, session }: Props) {
  const connection = useChat(chat);
  const rooms = useRooms(chat);
  const invitations = useInvitations(chat);
  const unread = rooms.reduce((sum, one) => sum + (one.hidden ? 0 : one.unread), 0);
  const current = useRoute();
  const [asks, setAsks] = useState<Ask>();
  const me = connection.user;
  const summary = rooms.find(({ room }) => room === current);

  useEffect(() => {
    const title = current === undefined ? "Parley" : `${titleOf(summary ?? { room: current }, me)}`;
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${title}${current ? " · Parley" : ""}`;
  }, [unread, current, summary, me]);

  // The room has taken along what had the focus.
  const before = useRef(current);
  useEffect(() => {
    const isLeft = before.current !== undefined && current === undefined;
    before.current = current;
    if (isLeft && document.activeElement === document.body) {
      document.getElementById("welcome")?.focus();
    }
  }, [current]);

  return (
    <main className="app" data-view={current === undefined ? "rooms" : "room"}>
      {current !== undefined && (
        <button type="button" className="skip" onClick={focusComposer}>
          Skip to the message box
        </button>
      )}
      <ConnectionBanner
        connection={connection}
        retry={() => chat.connect()}
        signIn={() => session.signIn()}
      />
      <Sidebar
        connection={connection}
        rooms={rooms}
        current={current}
        ask={setAsks}
        invitations={invitations.filter((one) => !isRequest(one))}
        requests={<Requests chat={chat} requests={requests({ invitations, rooms })} />}
        answer={(room, isAccepted) => void answerInvitation(chat, room, isAccepted)}
        signOut={() => {
          void chat.forget().finally(() => session.signOut());
        }}
      />
      <div className="middle">
        {current !== undefined ? (
          <Conversation key={current} chat={chat} name={current} />
        ) : (
          <Welcome chat={chat} ask={setAsks} />
        )}
      </div>
      {asks !== undefined && (
        <NewConversation
          asks={asks}
          chat={chat}
          done={(room) => {
            setAsks(undefined);
            if (room !== undefined) open(room);
          }}
        />
      )}
    </main>
  );
}

async function answerInvitation(chat: Chat, name: string, isAccepted: boolean): Promise<void> {
  const room = chat.room(name);
  try {
    await (isAccepted ? room.join() : decline(room));
    if (isAccepted) open(name);
  } catch {
    // It stays in the list, or the service has taken it away.
  }
}

/** Not a link: the address is the room's. */
function focusComposer(): void {
  document.getElementById("message")?.focus();
}
