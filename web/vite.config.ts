/**
 * The page takes the client from its sources, through the names that its package exports, so that
 * a change there needs no build of it. `npm run web` serves the page with reload; settings and
 * sign-in then come from `npm start`, which has to run beside it.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const started = "http://localhost:3004";
const fromStart = { target: started, changeOrigin: true, headers: { origin: started } };
const client = (file: string) => fileURLToPath(new URL(`../client/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^parley-client$/, replacement: client("index.ts") },
      { find: /^parley-client\/gateways$/, replacement: client("askGateway.ts") },
      { find: /^parley-client\/indexeddb$/, replacement: client("indexedDb.ts") },
      { find: /^parley-client\/messages$/, replacement: client("messageActions.ts") },
      { find: /^parley-client\/react$/, replacement: client("react.ts") },
      { find: /^parley-client\/rooms$/, replacement: client("roomActions.ts") },
      { find: /^parley-client\/tabs$/, replacement: client("tabs.ts") },
      { find: /^parley-client\/threads$/, replacement: client("thread.ts") },
      { find: /^parley-client\/window$/, replacement: client("roomWindow.ts") },
    ],
  },
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    // The policy of the page lets nothing be inline.
    assetsInlineLimit: 0,
    emptyOutDir: true,
  },
  server: { proxy: { "/config.json": fromStart, "/sign-in": fromStart } },
});
