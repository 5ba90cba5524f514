import { createChat } from "parley-client";
import { askGateway } from "parley-client/gateways";
import { indexedDbStore } from "parley-client/indexeddb";
import { sharedSocket } from "parley-client/tabs";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { type Config, parseConfig } from "./config.ts";
import { Notice } from "./notice.tsx";
import { openSession } from "./openSession.ts";
import { NotSignedIn } from "./session.ts";
import { withThreadDrafts } from "./threadDrafts.ts";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/conversation.css";
import "./styles/moderation.css";
import "./styles/thread.css";

const element = document.getElementById("root");
if (element) void start(createRoot(element));

async function start(root: ReturnType<typeof createRoot>): Promise<void> {
  try {
    const config = await readConfig();
    const session = await openSession(config);
    if (session === undefined) return;
    const { service } = config;
    const url = "url" in service ? service.url : askGateway(service.gateways);
    const mine = `parley ${session.user}`;
    const [store, WebSocket] = [withThreadDrafts(indexedDbStore(mine)), sharedSocket(mine)];
    const chat = createChat({ url, token: () => session.token(), store, WebSocket });
    session.onEnded(() => chat.close());
    chat.connect().catch(() => {}); // the snapshot says so
    await chat.restored;
    root.render(
      <StrictMode>
        <App chat={chat} session={session} />
      </StrictMode>,
    );
  } catch (error) {
    const isSignedOut = error instanceof NotSignedIn;
    root.render(
      <Notice
        title={isSignedOut ? "You are not signed in" : "This page cannot start"}
        action={isSignedOut ? "Sign in" : "Try again"}
        act={() => location.reload()}
      >
        {error instanceof Error ? error.message : String(error)}
      </Notice>,
    );
  }
}

async function readConfig(): Promise<Config> {
  const response = await fetch("/config.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`unable to read /config.json; it answers ${response.status}`);
  const text = await response.text();
  try {
    return parseConfig(JSON.parse(text), location.protocol === "http:");
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is no JSON" : (error as Error).message;
    throw new Error(`unable to use /config.json; ${reason}`);
  }
}
