/**
 * Makes the pictures of the chat page in docs/: `npm run screenshots`. The people and what they
 * say show what a page has to cope with: links, code, right-to-left text, a long word.
 */
import { killAll, startService } from "../local/processes.ts";
import { startChromium } from "../support/chromium.ts";
import { arrive, join, type Person, signedIn, writeTo } from "./person.ts";

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
  await talk(alice, bob);
  const carol = await signedIn(browser, pageUrl, "Carol", { ...phone });
  await writeTo(carol, "alice");
  await carol.say("Are we still on for lunch?");
  await alice.page.getByRole("link", { name: "Carol 1 unread" }).waitFor();
  await bob.box.pressSequentially("On my w");
  await alice.page.getByText("Bob is typing…").waitFor();
  await alice.page.screenshot({ path: path("light") });
  await bob.page.screenshot({ path: path("dark") });
  await alice.page.getByRole("link", { name: "Carol 1 unread" }).click();
  await alice.say("Yes! 12:30 at the corner, I booked a table.");
  await carol.message("12:30").waitFor();
  await carol.page.screenshot({ path: path("phone") });
  const stranger = await arrive(browser, pageUrl, { viewport: { width: 700, height: 480 } });
  await stranger.page.screenshot({ path: path("sign-in") });
} finally {
  await browser.close();
  await killAll();
}

async function talk(alice: Person, bob: Person): Promise<void> {
  const said: [Person, string][] = [
    [alice, "Morning! The new build is up: https://example.com/builds/2041 (still testing it)."],
    [alice, "It needs `npm ci` once."],
    [bob, "Thanks, looking now."],
    [bob, "```\n$ npm ci && npm start\nOpen http://localhost:3004\n```"],
    [bob, "That was quick 🎉"],
    [alice, "صباح الخير للجميع، النسخة الجديدة جاهزة."],
    [alice, `One file name is ${"very-".repeat(24)}long.tar.gz`],
  ];
  for (const [person, text] of said) {
    await person.say(text);
    for (const one of [alice, bob])
      await one
        .message(text.split("\n")[1] ?? text)
        .first()
        .waitFor();
  }
}
