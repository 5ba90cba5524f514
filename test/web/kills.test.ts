/**
 * Tabs of a real Chromium that are killed in the middle of sending (promise 3 over a restart), on
 * the service as `npm start` runs it. `PARLEY_KILLS=100` kills a hundred, `PARLEY_SEED=7` others.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { developmentToken } from "../../local/tokens.ts";
import { freePorts, killAll, type Running, startService } from "../local/processes.ts";
import { randomOf } from "../simulation/random.ts";
import { hasChromium, startChromium } from "../support/chromium.ts";
import { type Endpoints, fresh } from "../support/endpoints.ts";
import { hangMs } from "../support/hang.ts";
import { act, call } from "../support/http.ts";
import type { Orders } from "./storeProgram.ts";

const kills = Number(process.env["PARLEY_KILLS"] ?? 6);
const seed = Number(process.env["PARLEY_SEED"] ?? 1);

describe.runIf(hasChromium)("a tab that is killed in the middle of sending", () => {
  let browser: Browser;
  let context: BrowserContext;
  let service: Running;
  let at: Endpoints;
  let server: Server;
  let address: string;
  const user = fresh("alice");
  beforeAll(async () => {
    const port = await freePorts();
    service = await startService({ args: ["--port", String(port), "--gateway", "faithful"] });
    at = { ...service, databaseUrl: "" };
    browser = await startChromium();
    context = await browser.newContext();
    context.setDefaultTimeout(hangMs);
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("storeProgram.ts", import.meta.url))],
      ...{ bundle: true, format: "esm", target: "es2022", write: false },
    });
    const html = `<!doctype html><script type="module">${outputFiles[0]?.text}</script>`;
    // A page from elsewhere than this machine would not be let to the service.
    server = createServer((_, response) =>
      response.setHeader("content-type", "text/html").end(html),
    );
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await killAll();
  });

  it(`loses no message and sends none twice, ${kills} times (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const upTo = (max: number) => 1 + random.below(max);
    const token = await developmentToken(user);
    const rooms = Array.from({ length: Math.ceil(kills / 3) }, () => fresh("room"));
    for (const room of rooms) await act("join", { as: user, at, room });
    const written: string[] = [];

    for (let life = 1; life <= kills; life += 1) {
      const room = rooms[life % rooms.length] ?? "";
      const texts = Array.from({ length: upTo(4) }, (_, which) => `${life}.${which}`);
      const orders = { url: service.websocketUrl, token, user, say: [{ room, texts }] };
      written.push(...(await live({ ...orders, stopAt: upTo(18) })));
    }
    const page = await opened({ url: service.websocketUrl, token, user, say: [], stopAt: 0 });
    await page.waitForFunction("globalThis.settled !== undefined");
    const shown = await page.evaluate(`settled(${JSON.stringify(rooms)})`);
    const logs = await Promise.all(rooms.map((room) => logOf(room)));
    expect(shown).toEqual(logs.map((texts) => texts.join()));
    for (const [index, log] of logs.entries()) {
      const mine = written.filter((line) => line.startsWith(`${rooms[index]} `));
      expect(log).toEqual(mine.map((line) => line.split(" ")[1]));
    }
  });

  it("shares its connection with others, and one of them leads when it ends or hangs", async () => {
    const user = fresh("alice");
    const token = await developmentToken(user);
    const rooms = ["room", "room", "room"].map((name) => fresh(name));
    for (const room of rooms) await act("join", { as: user, at, room });
    const orders = { url: service.websocketUrl, token, user, say: [], stopAt: 0, shared: true };
    const sessions = new Map<Page, CDPSession>();
    const settledIn = (page: Page) => page.evaluate(`settled(${JSON.stringify(rooms)})`);
    const tab = async () => {
      const page = await opened(orders);
      await page.waitForFunction("globalThis.settled !== undefined");
      await settledIn(page);
      sessions.set(page, await context.newCDPSession(page)); // while it answers
      return page;
    };
    const [a, b, c] = [await tab(), await tab(), await tab()];
    const connections = async () => {
      const { body } = await call("GET /rooms/{room}/online", {
        ...{ as: user, room: rooms[0] ?? "", at },
      });
      return body.online[0]?.connections;
    };
    const opens = (pages: Page[]) =>
      Promise.all(pages.map((page) => page.evaluate("connections()")));
    expect(await opens([a, b, c])).toEqual([1, 0, 0]);
    expect(await connections()).toBe(1);

    const written = rooms.map(() => [] as string[]);
    const say = async (page: Page, which: number, texts: string[], then = "") => {
      written[which]?.push(...texts);
      const [room, said] = [rooms[which], texts].map((one) => JSON.stringify(one));
      await page.evaluate(`sayIn(${room}, ${said}); ${then}`);
    };
    const kill = async (page: Page) => {
      const crashed = page.waitForEvent("crash");
      sessions
        .get(page)
        ?.send("Page.crash")
        .catch(() => {});
      await crashed;
      await page.close();
    };
    const standsStill = (page: Page) =>
      page.waitForEvent("console", (entry) => entry.text() === "stopped");

    // The leader is killed in the middle of its own messages and of those that it passes on.
    const still = standsStill(a);
    await Promise.all([
      say(b, 1, ["b1", "b2", "b3"]),
      say(c, 2, ["c1", "c2", "c3"]),
      // Not before it has written its own, and then after fewer steps than these alone take.
      say(a, 0, ["a1", "a2", "a3"], "stopIn(5)"),
    ]);
    await still;
    await kill(a);
    await Promise.all([settledIn(b), settledIn(c)]);
    await expect.poll(async () => (await opens([b, c])).sort()).toEqual([0, 1]);
    await expect.poll(connections).toBe(1);

    // The next one stands still, and is not killed.
    const [leader, other] = (await opens([b, c]))[0] === 1 ? [b, c] : [c, b];
    const stillToo = standsStill(leader);
    await leader.evaluate("stopIn(3)");
    await say(other, other === b ? 1 : 2, ["4", "5", "6"]);
    await stillToo;
    await settledIn(other);
    expect(await opens([other])).toEqual([1]);
    await kill(leader);
    await expect.poll(connections).toBe(1);

    // What a killed tab had not sent is in the store, for the next one.
    const next = await tab();
    expect(await opens([other, next])).toEqual([1, 0]);
    for (const [index, room] of rooms.entries())
      expect(await logOf(room, user)).toEqual(written[index]);
    for (const page of [other, next]) {
      expect(await settledIn(page)).toEqual(written.map((texts) => texts.join()));
    }
    await Promise.all([other.close(), next.close()]);
  });

  /** Everything that was said in a room, of the one who writes here. */
  async function logOf(room: string, as = user): Promise<string[]> {
    const { body } = await call("GET /rooms/{room}/events", { as, room, at });
    return body.events.flatMap((event) => (event.kind === "message" ? [event.text ?? ""] : []));
  }

  async function opened(orders: Orders, told: (line: string) => void = () => {}) {
    const page = await context.newPage();
    page.on("console", (entry) => told(entry.text()));
    const url = `${address}#${encodeURIComponent(JSON.stringify(orders))}`;
    await page.goto(url, { waitUntil: "commit" });
    return page;
  }

  /** One tab, until it stands still or has nothing more to do. What it wrote until then. */
  async function live(orders: Orders): Promise<string[]> {
    const written: string[] = [];
    let stop = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const page = await opened(orders, (line) => {
      if (line.startsWith("wrote ")) written.push(line.slice("wrote ".length));
      if (line === "stopped" || line === "settled") stop();
    });
    await stopped;
    const crashed = page.waitForEvent("crash");
    await killTabs();
    await crashed;
    await page.close();
    return written;
  }

  /** Of a tab that stands still only its process can be asked for. */
  async function killTabs(): Promise<void> {
    const session = await browser.newBrowserCDPSession();
    const tabs = async () => {
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
    };
    const killed = await tabs();
    for (const id of killed) process.kill(id, "SIGKILL");
    // The browser also has one in reserve. It must not be used any more.
    await expect.poll(tabs).toSatisfy((left: number[]) => !left.some((id) => killed.includes(id)));
    await session.detach();
  }
});
