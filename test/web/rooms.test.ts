/** Messages that live and rooms that are led, with several people in a real Chromium. */
import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts, killAll, startService } from "../local/processes.ts";
import { hasChromium, startChromium } from "../support/chromium.ts";
import { fresh } from "../support/endpoints.ts";
import { choose, join, signedIn, silence, violations, writeTo } from "./person.ts";

/** Where something is on the page. */
type Places = Record<"room" | "thread" | "reply", Locator>;

describe.runIf(hasChromium)("rooms and messages on the chat page", () => {
  let browser: Browser;
  let pageUrl: string;

  beforeAll(async () => {
    const port = await freePorts();
    const args = ["--port", String(port), "--gateway", "faithful", "--message-requests"];
    await startService({ args });
    pageUrl = `http://localhost:${port + 4}`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await killAll();
  });

  /** Two people in a room of their own, which the first one leads. */
  async function pair() {
    const [alice, bob] = [fresh("alice"), fresh("bob")];
    const leader = await signedIn(browser, pageUrl, alice);
    const other = await signedIn(browser, pageUrl, bob);
    const room = fresh("room");
    await join(leader, room);
    await join(other, room);
    return { alice, bob, room, leader, other };
  }

  it("reacts to a message, and both see who did", async () => {
    const { leader, other, bob } = await pair();
    await leader.say("lunch?");
    await choose(other, "lunch?", "React");
    await other.page.getByRole("button", { name: "party" }).click();
    await other.page.getByRole("button", { name: "🎉 1: You" }).waitFor();
    await leader.page.getByRole("button", { name: `🎉 1: ${bob}` }).click();
    await other.page.getByRole("button", { name: /^🎉 2: You/ }).click();
    await leader.page.getByRole("button", { name: "🎉 1: You" }).waitFor();
    expect([...leader.complaints, ...other.complaints]).toEqual([]);
  });

  it("edits the last message with ↑, and deletes it, for everybody", async () => {
    const { leader, other } = await pair();
    await leader.say("a tpyo");
    await leader.sent("a tpyo");
    await other.message("a tpyo").waitFor();
    await leader.box.press("ArrowUp");
    const editor = leader.page.getByRole("textbox", { name: "Edit your message" });
    await editor.fill("a typo");
    await editor.press("Enter");
    await other.message("a typo").getByText("(edited)").waitFor();
    await choose(leader, "a typo", "More");
    await leader.page.getByRole("menuitem", { name: "Delete" }).click();
    await other.page
      .getByText("A moderator deleted this message.")
      .or(other.page.getByText("This message was deleted."))
      .waitFor();
    await expect.poll(() => other.message("a typo").count()).toBe(0);
  });

  it("quotes a message, and a click leads to it; deleted, the quote says so", async () => {
    const { leader, other } = await pair();
    await leader.say("the first of all");
    await choose(other, "the first of all", "More");
    await other.page.getByRole("menuitem", { name: "Reply", exact: true }).click();
    await other.page.getByText(/^Replying to/).waitFor();
    await other.say("I agree");
    const quote = leader.message("I agree").getByRole("button", { name: /the first of all/ });
    await quote.click();
    await leader.page.locator("article[data-meant]", { hasText: "the first of all" }).waitFor();
    // The quote has the same words, and stands behind.
    const first = leader.message("the first of all").first();
    await first.hover();
    await first.getByRole("button", { name: "More", exact: true }).click();
    await leader.page.getByRole("menuitem", { name: "Delete" }).click();
    for (const { message } of [leader, other]) {
      const gone = message("I agree").getByRole("button", { name: /This message was deleted/ });
      await gone.waitFor();
    }
    expect(await other.message("the first of all").count()).toBe(0);
  });

  it("replies in a thread beside the room, which counts replies and marks new ones", async () => {
    const { leader, other, room } = await pair();
    const [mine, others] = [leader, other].map(({ page }) => ({
      room: page.getByRole("region", { name: room, exact: true }),
      thread: page.getByRole("region", { name: "Thread", exact: true }),
      reply: page.getByRole("textbox", { name: "Reply in this thread" }),
    })) as [Places, Places];
    await leader.say("lunch?");
    await choose(other, "lunch?", "More");
    await other.page.getByRole("menuitem", { name: "Reply in thread" }).click();
    await others.thread.getByText("lunch?").waitFor();
    await others.reply.fill("at noon");
    await others.reply.press("Enter");
    await others.thread.getByText("at noon").waitFor();

    await mine.room.getByRole("button", { name: "1 reply New" }).click();
    await mine.thread.getByText("at noon").waitFor();
    await mine.room.getByRole("button", { name: "1 reply", exact: true }).waitFor();
    expect(await mine.room.locator("article", { hasText: "at noon" }).count()).toBe(0);

    await mine.thread.getByLabel("Show in the room as well").check();
    await mine.reply.fill("one is beter");
    await mine.reply.press("Enter");
    await others.thread.getByText("one is beter").waitFor();
    await others.room.locator("article", { hasText: "one is beter" }).waitFor();
    await mine.thread.locator("[data-status=sent]", { hasText: "one is beter" }).waitFor();
    await mine.reply.press("ArrowUp");
    const editor = mine.thread.getByRole("textbox", { name: "Edit your message" });
    await editor.fill("one is better");
    await editor.press("Enter");
    await others.thread.getByText("one is better").waitFor();
    await mine.room.getByRole("button", { name: "2 replies" }).waitFor();

    await mine.reply.press("Escape");
    await mine.thread.waitFor({ state: "detached" });
    await mine.room.locator(":focus", { hasText: "2 replies" }).waitFor();
    expect([...leader.complaints, ...other.complaints]).toEqual([]);
  });

  it("completes an @, and counts the mention in the side bar until it is read", async () => {
    const { leader, other, alice, bob, room } = await pair();
    await other.say("I am here");
    await leader.message("I am here").waitFor();
    await writeTo(other, alice);
    await leader.box.pressSequentially(`look, @${bob.slice(0, 5)}`);
    await leader.page.getByRole("option", { name: bob }).waitFor();
    await leader.box.press("Enter");
    await leader.box.press("Enter");
    await leader.page.locator("mark", { hasText: `@${bob}` }).waitFor();
    const link = other.page.getByRole("link", { name: `${room} @1 mention` });
    await link.click();
    await other.page.locator("article[data-for-me]").waitFor();
    await link.waitFor({ state: "detached" });
  });

  it("invites somebody to a private room, who accepts", async () => {
    const [alice, bob] = [fresh("alice"), fresh("bob")];
    const leader = await signedIn(browser, pageUrl, alice);
    const guest = await signedIn(browser, pageUrl, bob);
    await leader.page.getByRole("button", { name: "New room" }).first().click();
    await leader.page.getByLabel("Name of the room").fill("Our plans");
    await leader.page.getByLabel(/^Private/).check();
    await leader.page.getByRole("button", { name: "Create" }).click();
    await leader.page.getByRole("textbox", { name: "Message to Our plans" }).waitFor();
    await leader.page.getByText("This is the beginning of Our plans").waitFor();
    await leader.page.getByRole("button", { name: "Members" }).click();
    await leader.page.getByLabel("Invite a user").fill(bob);
    await leader.page.getByRole("button", { name: "Invite", exact: true }).click();
    await leader.page.getByText(`${bob} is invited.`).waitFor();
    expect(await violations(leader)).toEqual([]);
    await leader.page.getByRole("button", { name: "Close" }).click();
    await guest.page.getByText(`Our plans from ${alice}`).waitFor();
    expect(await violations(guest)).toEqual([]);
    await guest.page.getByRole("button", { name: "Accept" }).click();
    await guest.page.getByRole("textbox", { name: "Message to Our plans" }).waitFor();
    await guest.say("thanks");
    await leader.message("thanks").waitFor();
    await leader.page.getByRole("button", { name: "This room" }).click();
    await leader.page.getByRole("menuitem", { name: "Leave" }).click();
    await leader.page.getByText(/^You are still here: unable to leave; /).waitFor();
  });

  it("holds a stranger's first message, and no second, until it is accepted", async () => {
    const [alice, bob] = [fresh("alice"), fresh("bob")];
    const stranger = await signedIn(browser, pageUrl, alice);
    const asked = await signedIn(browser, pageUrl, bob);
    await writeTo(stranger, bob);
    await stranger.say("is the bike still there?");
    await stranger.sent("is the bike still there?");
    const requests = asked.page.getByRole("region", { name: "Message requests" });
    await requests.getByText("is the bike still there?").waitFor();
    expect(await violations(asked)).toEqual([]);
    await stranger.say("hello?");
    await stranger
      .message("hello?")
      .getByText(/you cannot write to this user/)
      .waitFor();
    await requests.getByRole("button", { name: "Accept" }).click();
    await asked.message("is the bike still there?").waitFor();
    await requests.waitFor({ state: "detached" });
    await asked.say("it is");
    await stranger.message("it is").waitFor();
    await stranger.say("good");
    await asked.message("good").waitFor();
  });

  it("tells somebody who is put out while typing, and keeps what they wrote", async () => {
    const { leader, other, alice, bob, room } = await pair();
    await other.box.fill("half a sentence");
    await leader.page.getByRole("button", { name: "Members" }).click();
    await leader.page.getByRole("button", { name: `What to do about ${bob}` }).click();
    await leader.page.getByRole("menuitem", { name: "Remove…" }).click();
    await leader.page.getByLabel("They may come back.").fill("spam");
    await leader.page.getByRole("button", { name: "Remove" }).click();
    await other.page.getByText(`${alice} removed you from ${room}`).waitFor();
    await other.page.getByText("The reason: spam").waitFor();
    expect(await other.page.getByLabel("What you were writing").inputValue()).toBe(
      "half a sentence",
    );
    expect(await violations(other)).toEqual([]);
  });

  it("shows those who lead a room what was reported and who is banned, and ends both", async () => {
    const { leader, other, alice, bob } = await pair();
    const { page } = leader;
    for (const text of ["buy this", "buy that"]) {
      await other.say(text);
      await choose(leader, text, "More");
      await page.getByRole("menuitem", { name: "Report" }).click();
      await page.getByPlaceholder("Reason").fill("spam");
      await page.getByRole("button", { name: "Report", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.getByRole("button", { name: "This room" }).click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByText("Reported messages").click();
    await page.getByText(`${alice} reported ${bob}`).first().waitFor();
    expect(await violations(leader)).toEqual([]);
    const reported = (text: string) => page.getByRole("listitem").filter({ hasText: text });
    await reported("buy that").getByRole("button", { name: "Delete the message" }).click();
    await reported("buy that").getByText("The message was deleted.").waitFor();
    await reported("buy this")
      .getByRole("button", { name: `Ban ${bob}` })
      .click();
    await reported("buy this").getByText(`${bob} is banned.`).waitFor();
    await other.page.getByText("The reason: spam").waitFor();
    await page.getByText("Banned users").click();
    await page.getByRole("button", { name: `Unban ${bob}` }).click();
    await page.getByText("Nobody is banned.").waitFor();
    await page.getByLabel("Title").fill("Quiet place");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Quiet place" }).waitFor();
    expect(leader.complaints).toEqual([]);
  });

  it("shows a topic above its room, and what is set to members who may not set it", async () => {
    const { leader, other } = await pair();
    const topic = `Lunch, ${"and what there is ".repeat(12)}`.trim();
    const settings = async ({ page }: typeof leader, name: string) => {
      await page.getByRole("button", { name: "This room" }).click();
      await page.getByRole("menuitem", { name }).click();
      return page.getByRole("dialog", { name: /room/i });
    };
    const set = await settings(leader, "Settings");
    await set.getByLabel("Topic").fill(topic);
    await set.getByLabel("Slow mode").selectOption("Every 5 seconds");
    await set.getByLabel("Newcomers read").selectOption("What comes after");
    await set.getByRole("button", { name: "Save" }).click();
    await other.page.getByTitle(topic).waitFor();
    const shown = await settings(other, "About this room");
    await shown.getByText(topic).waitFor();
    await shown.getByText("Every 5 seconds").waitFor();
    await shown.getByText("What comes after").waitFor();
    await shown.getByText("For good").waitFor();
    expect(await violations(other)).toEqual([]);
    await shown.getByRole("button", { name: "Close" }).click();
    await other.page.reload();
    await other.page.getByTitle(topic).waitFor();

    const again = await settings(leader, "Settings");
    expect(await again.getByLabel("Topic").inputValue()).toBe(topic);
    await again.getByLabel("Messages kept").selectOption("For 30 days");
    await again.getByRole("button", { name: "Save" }).click();
    // `npm start` keeps everything, and says so.
    await again.getByText("messages are kept here").waitFor();
  });

  it("hides what somebody says whom I block", async () => {
    const { leader, other, bob } = await pair();
    await other.say("buy this");
    await leader.message("buy this").waitFor();
    await leader.page.getByRole("button", { name: "Members" }).click();
    await leader.page.getByRole("button", { name: `What to do about ${bob}` }).click();
    await leader.page.getByRole("menuitem", { name: "Block" }).click();
    await leader.page.getByText("blocked", { exact: true }).waitFor();
    await leader.page.getByRole("button", { name: "Close" }).click();
    await leader.message("buy this").waitFor({ state: "detached" });
    await leader.say("peace");
    await other.message("peace").waitFor();
  });

  it("breaks no rule of axe-core in any of its states, in light and dark", async () => {
    const { leader, other, alice, bob, room } = await pair();
    const { page } = leader;
    const found: Record<string, string[]> = {};
    const look = async (state: string, person = leader) => {
      const list = await violations(person);
      if (list.length > 0) found[state] = list;
    };
    const button = (name: string) => page.getByRole("button", { name, exact: true }).first();
    const item = (name: string) => page.getByRole("menuitem", { name, exact: true });
    /** What a click opens, which Escape closes. */
    const within = async (state: string, opened: Locator) => {
      await opened.waitFor();
      await look(state);
      await page.keyboard.press("Escape");
      await opened.waitFor({ state: "detached" });
    };

    await look("an empty room");
    await other.say("`code`, https://example.com/ and a root");
    await leader.say(`@${bob}, a reply`);
    await choose(leader, "a root", "React");
    await within("emoji", button("rocket"));
    await choose(leader, "a root", "React");
    await button("party").click();
    await page.getByRole("list", { name: "Reactions" }).waitFor();
    await choose(leader, "a root", "More");
    await within("a message's menu", item("Pin"));
    await choose(leader, "a root", "More");
    await item("Report").click();
    await within("a report", page.getByPlaceholder("Reason"));
    await choose(leader, "a root", "More");
    await item("Reply").click();
    await page.getByText(/^Replying to/).waitFor();
    await leader.box.pressSequentially(`@${bob.slice(0, 4)}`);
    await page.getByRole("option", { name: bob }).waitFor();
    await look("completion, and a quote that is written");
    await leader.box.press("Enter");
    await leader.box.press("Enter");
    await page.locator("mark").nth(1).waitFor();
    await choose(leader, "a root", "More");
    await item("Reply in thread").click();
    const thread = page.getByRole("region", { name: "Thread", exact: true });
    await thread.getByText("a root").waitFor();
    await look("a thread");
    await button("Close the thread").click();

    await button("New room").click();
    await within("a new room", page.getByLabel("Name of the room"));
    await button("New direct message").click();
    await within("a new direct message", page.getByLabel("User"));
    await button("This room").click();
    await within("the room's menu", item("Settings"));
    await button("This room").click();
    await item("Settings").click();
    await within("settings", page.getByLabel("Topic"));
    await button("Members").click();
    const about = button(`What to do about ${bob}`);
    await about.waitFor();
    await look("members");
    await about.click();
    await within("a member's menu", item("Ban…"));
    await about.click();
    await item("Mute for 10 minutes").click();
    await page.getByText("muted", { exact: true }).waitFor();
    await other.say("hello?");
    await other.message("hello?").getByRole("button", { name: "Discard" }).waitFor();
    await look("a message that failed", other);
    await about.click();
    await item("Remove…").click();
    await page.getByLabel("They may come back.").waitFor();
    await look("a reason");
    await button("Remove").click();
    await other.page.getByText(`${alice} removed you from ${room}`).waitFor();
    await look("a room that is gone", other);
    await other.page.reload();
    await other.page.getByText(`You are not in #${room}`).waitFor();
    await look("a room of others", other);
    await silence(other);
    await other.page.reload();
    await other.page.getByLabel("Loading messages").waitFor();
    await look("loading", other);
    const end = { type: "disconnect", code: "token_expired", message: "ended", reconnect: false };
    await other.page.routeWebSocket(/.*/, (socket) => {
      socket.onMessage(() => socket.send(JSON.stringify(end)));
    });
    await other.page.reload();
    await other.page.getByText("You are signed out.").waitFor();
    await look("signed out", other);

    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 390, height: 780 });
    await look("a room on a phone");
    await page.getByLabel("Back to my conversations").click();
    await look("rooms on a phone");
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.getByRole("heading", { name: "Choose a conversation" }).waitFor();
    await look("no room");
    await page.routeWebSocket(/.*/, (socket) => socket.close());
    await page.reload();
    await page.getByText(/Reconnecting in \d+ s/).waitFor();
    await look("offline");
    expect(found).toEqual({});
  });
});
