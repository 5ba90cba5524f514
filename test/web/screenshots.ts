/**
 * Makes the pictures of the chat page in docs/: `npm run screenshots`. The people and what they
 * say show what a page has to cope with: links, code, right-to-left text, a long word.
 */
import { killAll, startService } from "../local/processes.ts";
import { startChromium } from "../support/chromium.ts";
import { arrive, choose, join, type Person, signedIn, writeTo } from "./person.ts";

const port = 23_995;
const pageUrl = `http://localhost:${port + 4}`;
const window = { viewport: { width: 1200, height: 760 } };
const phone = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true };
const path = (name: string) => `docs/page-${name}.png`;

await startService({ args: ["--port", String(port), "--gateway", "faithful"] });
const browser = await startChromium();
try {
  const alice = await signedIn(browser, pageUrl, "Alice", window);
  const bob = await signedIn(browser, pageUrl, "Bob", { ...window, colorScheme: "dark" });
  for (const person of [alice, bob]) {
    await join(person, "design");
    await join(person, "general");
  }
  await describeRoom(alice);
  await talk(alice, bob);
  const carol = await signedIn(browser, pageUrl, "Carol", { ...phone });
  await invite(bob, "Release 2.0", "alice");
  await writeTo(carol, "alice");
  await carol.say("Are we still on for lunch?");
  await alice.page.getByRole("link", { name: "Carol 1 unread" }).waitFor();
  await bob.page.getByRole("link", { name: "general" }).click();
  await bob.message("can you look").waitFor();
  await bob.box.pressSequentially("On my w");
  await alice.page.getByText("Bob is typing…").waitFor();
  await alice.page.screenshot({ path: path("light") });
  await choose(bob, "That was quick", "React");
  await bob.page.getByRole("button", { name: "rocket" }).waitFor();
  await bob.page.screenshot({ path: path("dark") });
  await bob.page.keyboard.press("Escape");
  await alice.page.getByRole("button", { name: "Members" }).click();
  await alice.page.getByRole("button", { name: "What to do about bob" }).click();
  await alice.page.screenshot({ path: path("members") });
  await alice.page.keyboard.press("Escape");
  await alice.page.getByRole("button", { name: "Close" }).click();
  await alice.page.getByRole("link", { name: "Carol 1 unread" }).click();
  await choose(alice, "Are we still on", "More");
  await alice.page.getByRole("menuitem", { name: "Reply", exact: true }).click();
  await alice.say("Yes! 12:30 at the corner, I booked a table.");
  await carol.message("12:30").waitFor();
  await choose(carol, "12:30", "React");
  await carol.page.getByRole("button", { name: "pizza" }).click();
  await carol.page.getByRole("button", { name: "🍕 1: You" }).waitFor();
  await carol.page.getByText("is typing…").waitFor({ state: "detached" });
  await carol.page.screenshot({ path: path("phone") });
  const stranger = await arrive(browser, pageUrl, { viewport: { width: 700, height: 480 } });
  await stranger.page.screenshot({ path: path("sign-in") });
} finally {
  await browser.close();
  await killAll();
}

/** Alice made the room, so she leads it. */
async function describeRoom({ page }: Person): Promise<void> {
  await page.getByRole("button", { name: "This room" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await page.getByLabel("Topic").fill("The release: builds, notes, and who tests what");
  await page.screenshot({ path: path("settings") });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function talk(alice: Person, bob: Person): Promise<void> {
  const said: [Person, string][] = [
    [alice, "Morning! The new build is up: https://example.com/builds/2041 (still testing it)."],
    [alice, "It needs `npm ci` once."],
    [bob, "```\n$ npm ci && npm start\nOpen http://localhost:3004\n```"],
    [bob, "That was quick 🎉"],
    [alice, "صباح الخير للجميع، النسخة الجديدة جاهزة."],
    [alice, `One file name is ${"very-".repeat(24)}long.tar.gz`],
    [bob, "never mind"],
  ];
  for (const [person, text] of said) await saySeen(person, text, [alice, bob]);
  await choose(bob, "never mind", "More");
  await bob.page.getByRole("menuitem", { name: "Delete" }).click();
  await alice.page.getByText("This message was deleted.").waitFor();
  await react(alice, "That was quick", "party");
  await react(bob, "It needs", "thumbs up");
  await alice.page.getByRole("button", { name: "👍 1: bob" }).click();
  await choose(bob, "It needs", "More");
  await bob.page.getByRole("menuitem", { name: "Reply", exact: true }).click();
  await saySeen(bob, "It works without it, too.", [alice]);
  await saySeen(alice, "@bob, can you look at the rest?", [bob]);
}

async function saySeen(person: Person, text: string, by: Person[]): Promise<void> {
  await person.say(text);
  const line = (text.split("\n")[1] ?? text).slice(0, 9); // without what is shown as code
  for (const one of by) await one.message(line).first().waitFor();
}

async function react(person: Person, text: string, name: string): Promise<void> {
  await choose(person, text, "React");
  await person.page.getByRole("button", { name }).click();
  await person.message(text).getByRole("list", { name: "Reactions" }).waitFor();
}

/** A private room, which this person stays in. */
async function invite({ page }: Person, title: string, user: string): Promise<void> {
  await page.getByRole("button", { name: "New room" }).first().click();
  await page.getByLabel("Name of the room").fill(title);
  await page.getByLabel(/^Private/).check();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("textbox", { name: `Message to ${title}` }).waitFor();
  await page.getByRole("button", { name: "Members" }).click();
  await page.getByLabel("Invite a user").fill(user);
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByText(`${user} is invited.`).waitFor();
  await page.getByRole("button", { name: "Close" }).click();
}
