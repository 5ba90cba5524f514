import { createChat } from "parley-client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { Notice } from "./notice.tsx";
import { findToken, readConfig, signIn } from "./session.ts";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/conversation.css";

const element = document.getElementById("root");
if (element) void start(createRoot(element));

async function start(root: ReturnType<typeof createRoot>): Promise<void> {
  try {
    const config = await readConfig();
    const token = findToken();
    if (token === undefined) return signIn(config);
    const chat = createChat({ url: config.url, token: () => token });
    chat.connect().catch(() => {}); // the snapshot says so
    for (const event of ["online", "pageshow"]) addEventListener(event, () => wake(chat));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") wake(chat);
    });
    root.render(
      <StrictMode>
        <App chat={chat} signIn={() => signIn(config)} />
      </StrictMode>,
    );
  } catch (error) {
    root.render(
      <Notice title="This page cannot start" action="Try again" act={() => location.reload()}>
        {error instanceof Error ? error.message : String(error)}
      </Notice>,
    );
  }
}

/** The network is back, or somebody looks again: the next try need not wait. */
function wake(chat: ReturnType<typeof createChat>): void {
  const { state } = chat.snapshot.connection;
  if (state === "live" || state === "offline") chat.connect().catch(() => {});
}
