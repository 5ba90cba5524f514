/** The chat page in a real Chromium, on the service as `npm start` runs it. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts, killAll, startService } from "../local/processes.ts";
import { hasChromium, startChromium } from "../support/chromium.ts";
import { fresh } from "../support/endpoints.ts";
import { logEvent, nowMs } from "../support/fixtures.ts";
import { fillLog } from "../support/room.ts";
import {
  arrive,
  choose,
  join,
  keptIn,
  signedIn,
  signIn,
  silence,
  unseenFocus,
  violations,
  writeTo,
} from "./person.ts";
import { emptyPage, heapOf, scrollUp } from "./scrolling.ts";

describe.runIf(hasChromium)("the chat page", () => {
  let browser: Browser;
  let pageUrl: string;
  let databaseUrl: string;
  let service: Awaited<ReturnType<typeof startService>>;
  let args: string[];

  beforeAll(async () => {
    const port = await freePorts();
    const data = mkdtempSync(joinPath(tmpdir(), "parley-"));
    args = ["--port", String(port), "--gateway", "faithful", "--data", data];
    service = await startService({ args });
    databaseUrl = `http://localhost:${port + 3}`;
    pageUrl = `http://localhost:${port + 4}`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killAll();
  });

  it("signs in as Alice with one click, and two people talk in a room", async () => {
    const room = fresh("room");
    const alice = await arrive(browser, pageUrl);
    expect(await violations(alice)).toEqual([]);
    await alice.page.getByRole("button", { name: "Alice" }).click();
    await join(alice, room);
    const bob = await arrive(browser, pageUrl);
    await bob.page.getByRole("button", { name: "Bob" }).click();
    await join(bob, room);

    await alice.say("hello, Bob");
    await bob.message("hello, Bob").waitFor();
    // A hint is best effort: he types on until one has come.
    const typing = alice.page.getByText("bob is typing…");
    while (!(await typing.isVisible())) await bob.box.pressSequentially("h", { delay: 100 });
    await bob.say("hello, Alice");
    await alice.message("hello, Alice").waitFor();
    // A push of presence can be lost as well. A page that is opened asks who is online.
    await alice.page.reload();
    await alice.page.getByText("Bob online").waitFor();
    expect([...alice.complaints, ...bob.complaints]).toEqual([]);
  });

  it("counts unread direct messages in the side bar and the title, and blocks", async () => {
    const [carol, dave] = [fresh("carol"), fresh("dave")];
    const reader = await signedIn(browser, pageUrl, carol);
    const writer = await signedIn(browser, pageUrl, dave);
    await writeTo(writer, carol);
    await writer.say("one");
    await writer.say("two");
    const link = reader.page.getByRole("link", { name: `${dave} 2 unread` });
    await link.waitFor();
    await expect.poll(() => reader.page.title()).toBe("(2) Parley");
    await link.click();
    await reader.message("two").waitFor();
    await reader.page.getByText("New", { exact: true }).waitFor();
    await expect.poll(() => reader.page.title()).not.toContain("(2)");
    expect(await writer.page.getByText(/^(Not online|Online)$/).count()).toBe(0);
    await reader.say("three");
    await writer.page.getByText("Online", { exact: true }).waitFor();

    const menu = reader.page.getByRole("button", { name: "This conversation" });
    const blocked = reader.page.getByText(/^Blocked: /);
    await menu.click();
    await reader.page.getByRole("menuitem", { name: "Block" }).click();
    await blocked.waitFor();
    await reader.message("two").waitFor({ state: "detached" });
    await menu.click();
    await reader.page.getByRole("menuitem", { name: "Unblock" }).click();
    await blocked.waitFor({ state: "detached" });
    await reader.message("two").waitFor();
  });

  it("shows the same room after a reload, with what was written and not sent", async () => {
    const name = fresh("erin");
    const person = await signedIn(browser, pageUrl, name);
    await join(person, fresh("room"));
    await person.say("before the reload");
    await person.sent("before the reload");
    await person.box.fill("a draft");
    await choose(person, "before the reload", "More");
    await person.page.getByRole("menuitem", { name: "Reply in thread" }).click();
    const reply = person.page.getByRole("textbox", { name: "Reply in this thread" });
    await reply.fill("a reply's draft");
    for (const draft of ["a draft", "a reply's draft"]) {
      await expect.poll(() => keptIn(person, `parley ${name}`)).toContain(draft);
    }
    await person.page.reload();
    await person.message("before the reload").waitFor();
    expect(await person.box.inputValue()).toBe("a draft");
    await choose(person, "before the reload", "More");
    await person.page.getByRole("menuitem", { name: "Reply in thread" }).click();
    expect(await reply.inputValue()).toBe("a reply's draft");
  });

  it("paints from its store without a connection, and sends later what was written", async () => {
    const name = fresh("erin");
    const kept = () => keptIn(person, `parley ${name}`);
    const person = await signedIn(browser, pageUrl, name);
    await join(person, fresh("room"));
    await person.say("before the reload");
    await person.sent("before the reload");
    const connectAgain = await silence(person);
    await person.page.reload();
    await person.message("before the reload").waitFor();
    await person.say("written without a connection");
    await expect.poll(kept).toContain("written without a connection");
    await person.box.fill("a draft");
    await expect.poll(kept).toContain("a draft");
    await person.page.reload();
    await person.message("written without a connection").getByText("Sending…").waitFor();
    expect(await person.box.inputValue()).toBe("a draft");
    connectAgain();
    await person.page.reload();
    await person.sent("written without a connection");
    expect(await person.message("written without a connection").count()).toBe(1);
  });

  it("shares its connection with another tab, which goes on when the first is closed", async () => {
    const name = fresh("frank");
    const first = await signedIn(browser, pageUrl, name);
    const room = fresh("room");
    await join(first, room);
    const page = await first.page.context().newPage();
    const dialled: string[] = [];
    page.on("websocket", (socket) => dialled.push(socket.url()));
    await signIn(page, pageUrl, name);
    await page.getByRole("link", { name: room }).click();
    await first.say("from the first tab");
    await page.locator("article").filter({ hasText: "from the first tab" }).waitFor();
    expect(dialled).toEqual([]);

    await first.page.close();
    await page.getByRole("textbox", { name: /^Message to/ }).fill("from the second tab");
    await page.keyboard.press("Enter");
    const message = page.locator("article").filter({ hasText: "from the second tab" });
    await message.waitFor();
    await message.getByText("Sending…").waitFor({ state: "detached" });
    expect(dialled).toHaveLength(1);
  });

  it("keeps nothing in the browser of somebody who signed out", async () => {
    const name = fresh("erin");
    const person = await signedIn(browser, pageUrl, name);
    await join(person, fresh("room"));
    await person.say("private");
    await person.box.fill("a draft");
    await person.message("private").waitFor();
    await expect.poll(() => keptIn(person, `parley ${name}`)).toContain("a draft");
    await person.page.getByRole("button", { name: "Sign out" }).click();
    await person.page.getByRole("heading", { name: "Who are you?" }).waitFor();
    expect(await keptIn(person, `parley ${name}`)).toBe("");
  });

  it("scrolls 10,000 messages to the beginning, and lets go of what is far away", async () => {
    const room = fresh("room");
    const sent = Array.from({ length: 10_000 }, (_, index) =>
      logEvent(index + 1, { from: `user-${index % 7}`, sentAtMs: nowMs + index * 60_000 }),
    );
    await fillLog(room, sent, databaseUrl);
    const person = await signedIn(browser, pageUrl, fresh("frank"));
    const { page } = person;
    await join(person, room);
    await person.message("message 10000").waitFor();
    const list = "[aria-label=Messages]";
    const near = await scrollUp(page, list, { number: 8_000 });
    const heap = await heapOf(page);
    const far = await scrollUp(page, list, { number: 1 });
    const [[last = 0] = [], ...holes] = near.seen;
    expect(holes).toEqual([]);
    expect(near.seen).toEqual([[last, 10_000]]);
    expect(far.seen).toEqual([[1, expect.toSatisfy((number) => number >= last)]]);
    for (const walk of [near, far]) expect(walk).toMatchObject({ jumps: [], broken: [] });
    // It holds at most 1,000 messages, and draws those near the screen.
    expect(await heapOf(page)).toBeLessThan(1.25 * heap);
    expect(far.elements).toBeLessThan(1.25 * near.elements);
    const empty = await scrollUp(await emptyPage(person), "div", { steps: 200 });
    const share = (near.longTasks + far.longTasks) / (near.steps + far.steps);
    expect(share).toBeLessThan(empty.longTasks / empty.steps + 1 / 20);
    await page.getByText("This is the beginning of").waitFor();
    await page.getByRole("button", { name: "Newest messages" }).click();
    await person.message("message 10000").waitFor();
    await person.say("A long message. ".repeat(100));
    await person.sent("A long message.");
    await page.setViewportSize({ width: 800, height: 600 });
    const below = `(({ scrollHeight, scrollTop, clientHeight }) =>
      Math.round(scrollHeight - scrollTop - clientHeight))(document.querySelector("${list}"))`;
    await expect.poll(() => page.evaluate(below)).toBe(0);
    expect(person.complaints).toEqual([]);
  });

  it("says that the connection is lost, and sends what was written meanwhile", async () => {
    const room = fresh("room");
    const person = await signedIn(browser, pageUrl, fresh("grace"));
    await join(person, room);
    service.kill("SIGKILL");
    await service.exit;
    await person.page.getByText(/Reconnecting in \d+ s/).waitFor();
    expect(await violations(person)).toEqual([]);
    await person.say("written while away");
    await person.page.getByText("Sending…").waitFor();
    service = await startService({ args });
    await person.sent("written while away");
    await person.page.getByText("Connection lost.").waitFor({ state: "detached" });
    const other = await signedIn(browser, pageUrl, fresh("heidi"));
    await join(other, room);
    await other.message("written while away").waitFor();
    expect(await other.message("written while away").count()).toBe(1);
  });

  it("is used with the keyboard alone, which never loses the focus", async () => {
    const other = await signedIn(browser, pageUrl, fresh("karl"));
    const room = fresh("room");
    const { page, box, message } = await arrive(browser, pageUrl);
    const keys = async (...all: string[]) => {
      for (const key of all) await page.keyboard.press(key);
    };
    /** Goes there by Tab, and says so where it is on the way that the focus is lost or unseen. */
    const to = async (role: "button" | "textbox" | "combobox", name: string | RegExp) => {
      const wanted = page.locator(":focus").and(page.getByRole(role, { name }));
      for (let tabs = 0; tabs < 60 && (await wanted.count()) === 0; tabs += 1) await keys("Tab");
      await wanted.waitFor();
      await held();
    };
    const press = async (name: string | RegExp) => {
      await to("button", name);
      await keys("Enter");
    };
    /** Walks through an open menu. */
    const choose = async (name: string) => {
      await page.getByRole("menuitem", { name, exact: true }).waitFor();
      const wanted = page.locator(":focus").and(page.getByRole("menuitem", { name, exact: true }));
      for (let n = 0; n < 12 && (await wanted.count()) === 0; n += 1) await keys("ArrowDown");
      await wanted.press("Enter");
    };
    const held = () => expect.poll(() => unseenFocus(page)).toBe("");
    const say = async (text: string) => {
      await page.keyboard.type(text);
      await keys("Enter");
      await held();
    };

    await press("Bob");
    await page.getByText("Connected", { exact: true }).waitFor();
    await press("New room");
    await say(room);
    await box.waitFor();
    await join(other, room);
    await page.keyboard.type("two");
    await keys("Shift+Enter");
    await say("lines");
    await message("two\nlines").locator("[aria-label=More]").waitFor({ state: "attached" });
    await keys("ArrowUp");
    await page.getByRole("textbox", { name: "Edit your message" }).waitFor();
    await say(" more");
    await message("lines more").getByText("(edited)").waitFor();
    await other.say("hello, Bob");
    await message("hello, Bob").waitFor();
    const menuOf = async (name: "React" | "More") => {
      const last = message("hello, Bob").first().getByRole("button", { name, exact: true });
      for (let n = 0; n < 60 && (await last.and(page.locator(":focus")).count()) === 0; n += 1) {
        await keys("Shift+Tab");
      }
      await last.press("Enter");
    };
    await menuOf("React");
    await page.getByRole("button", { name: "party" }).waitFor();
    await press("party");
    await message("hello, Bob").getByRole("list", { name: "Reactions" }).waitFor();
    await held();
    await to("textbox", /^Message to/);
    await menuOf("More");
    await choose("Reply");
    await page.getByText(/^Replying to/).waitFor();
    await say("a quote");
    await message("a quote")
      .getByRole("button", { name: /hello, Bob/ })
      .waitFor();
    await menuOf("More");
    await choose("Reply in thread");
    const thread = page.getByRole("region", { name: "Thread", exact: true });
    await thread.getByText("hello, Bob").waitFor();
    await to("textbox", "Reply in this thread");
    await say("in the thread");
    await thread.getByText("in the thread").waitFor();
    await keys("Escape");
    await thread.waitFor({ state: "detached" });
    await held();
    await to("textbox", /^Message to/);
    await page.keyboard.type("@kar");
    await page.getByRole("option").waitFor();
    await keys("Tab");
    await say("look");
    await page.locator("mark").waitFor();

    await press("Members");
    await press(/^What to do about/);
    await choose("Mute for 10 minutes");
    await page.getByText("muted", { exact: true }).waitFor();
    await held();
    await keys("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await held();
    await press("This room");
    await choose("Settings");
    await to("textbox", "Title");
    await say("Keys only");
    await page.getByRole("heading", { name: "Keys only" }).waitFor();
    await held();
    await press("Members");
    await press(/^What to do about/);
    await choose("Make owner");
    await page.getByText("owner, muted").waitFor();
    await keys("Escape");
    await press("This room");
    await choose("Leave");
    await page.getByRole("heading", { name: /^Welcome, |^Choose a conversation/ }).waitFor();
    await held();
    await press("Sign out");
    await page.getByRole("heading", { name: "Who are you?" }).waitFor();
  });

  it("shows nobody's HTML, and makes no link but to http and https", async () => {
    const person = await signedIn(browser, pageUrl, "<b>judy</b>");
    await join(person, fresh("room"));
    const texts = [
      "<script>document.title = 'hurt'</script>",
      "<img src=x onerror=\"document.title = 'hurt'\">",
      "<svg onload=\"document.title = 'hurt'\"></svg>",
      "javascript:document.title='hurt'",
      "https://example.com/\"onmouseover=\"document.title='hurt'",
      "[link](javascript:document.title='hurt')",
      "```\n</pre><script>document.title = 'hurt'</script>\n```",
      "`<iframe srcdoc='<script>parent.document.title=1</script>'>`",
      "data:text/html,<script>alert(1)</script>",
    ];
    for (const text of texts) await person.say(text);
    await person.message("data:text/html").waitFor();
    const made = await person.page.evaluate(
      "[...document.querySelectorAll('.text *')].map((e) => e.tagName).sort().join()",
    );
    expect(new Set(String(made).split(","))).toEqual(new Set(["A", "CODE", "PRE", "SPAN"]));
    const links = await person.page.evaluate(
      "[...document.querySelectorAll('.text a')].map((a) => a.href)",
    );
    expect(links).toEqual(["https://example.com/"]);
    expect(await person.page.title()).not.toContain("hurt");
    expect(person.complaints).toEqual([]);
  });
});
