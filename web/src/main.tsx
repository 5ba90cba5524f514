import { createChat } from "parley-client";
import { indexedDbStore } from "parley-client/indexeddb";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { Notice } from "./notice.tsx";
import { findToken, readConfig, signIn, userOf } from "./session.ts";
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
    const store = indexedDbStore(`parley ${userOf(token)}`);
    const chat = createChat({ url: config.url, token: () => token, store });
    chat.connect().catch(() => {}); // the snapshot says so
    await chat.restored;
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
