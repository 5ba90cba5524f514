/** A person in a browser window of their own, who finds things as people do: by what they say. */
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { hangMs } from "../support/hang.ts";

export interface Person {
  page: Page;
  /** What the browser complained of, such as something that its policy refused. */
  complaints: string[];
  /** The message box. */
  box: Locator;
  message(text: string): Locator;
  say(text: string): Promise<void>;
  /** Until a message is shown and no longer on its way: first shown, or an empty page would do. */
  sent(text: string): Promise<void>;
}

/** Opens the page, which leads to the sign-in. */
export async function arrive(
  browser: Browser,
  pageUrl: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const person = await newPerson(browser, options);
  await person.page.goto(pageUrl);
  await person.page.getByRole("heading", { name: "Who are you?" }).waitFor();
  return person;
}

/** In a window of their own, which shows nothing yet. */
export async function newPerson(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(hangMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (entry) => {
    if (["error", "warning"].includes(entry.type())) complaints.push(entry.text());
  });
  const box = page.getByRole("textbox", { name: /^Message to/ });
  const message = (text: string) => page.locator("article").filter({ hasText: text });
  return {
    page,
    complaints,
    box,
    message,
    async say(text) {
      await box.fill(text);
      await box.press("Enter");
    },
    async sent(text) {
      await message(text).waitFor();
      await message(text).getByText("Sending…").waitFor({ state: "detached" });
    },
  };
}

/** Signs in by a name of their own, and waits until the service knows them. */
export async function signedIn(
  browser: Browser,
  pageUrl: string,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const person = await newPerson(browser, options);
  await signIn(person.page, pageUrl, name);
  return person;
}

/** Opens the page in a tab, and signs in there. */
export async function signIn(page: Page, pageUrl: string, name: string): Promise<void> {
  await page.goto(pageUrl);
  await page.getByLabel("Somebody else").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Connected", { exact: true }).waitFor({ state: "attached" });
}

export async function join({ page }: Person, room: string): Promise<void> {
  await page.getByRole("button", { name: "New room" }).first().click();
  await page.getByLabel("Name of the room").fill(room);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("textbox", { name: `Message to ${room}`, exact: true }).waitFor();
}

export async function writeTo({ page }: Person, user: string): Promise<void> {
  await page.getByRole("button", { name: "New direct message" }).first().click();
  await page.getByLabel("User").fill(user);
  await page.getByRole("button", { name: "Write" }).click();
  await page.getByRole("textbox", { name: `Message to ${user}`, exact: true }).waitFor();
}

/** Opens one of the two menus of a message. */
export async function choose(person: Person, text: string, menu: "React" | "More"): Promise<void> {
  const message = person.message(text).last();
  await message.hover();
  await message.getByRole("button", { name: menu, exact: true }).click();
}

/** From the next reload on sockets open and nothing comes, until what this returns is called. */
export async function silence({ page }: Person): Promise<() => void> {
  let isSilent = true;
  await page.routeWebSocket(/.*/, (socket) => {
    if (!isSilent) socket.connectToServer();
  });
  return () => {
    isSilent = false;
  };
}

/** All values in a database of the browser, as JSON. */
export function keptIn({ page }: Person, name: string): Promise<string> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const opening = indexedDB.open(${JSON.stringify(name)});
    opening.onerror = reject;
    opening.onsuccess = () => {
      const tables = [...opening.result.objectStoreNames];
      const reading = opening.result.transaction(tables);
      const all = tables.map((table) => reading.objectStore(table).getAll());
      reading.oncomplete = () => {
        opening.result.close();
        resolve(all.flatMap(({ result }) => result).map((one) => JSON.stringify(one)).join());
      };
    };
  })`);
}

/**
 * Empty where the focus is on something that shows it: which looks otherwise without the focus,
 * itself or the form around it. Otherwise what the focus is on.
 */
export function unseenFocus(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const focused = document.activeElement;
    const looks = () => [focused, focused.closest("form")].flatMap((one) => {
      if (one === null) return [];
      const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one);
      return [outlineStyle === "none" ? "none" : outlineWidth + outlineColor, boxShadow];
    }).join();
    const seen = looks();
    focused.blur();
    const unseen = looks();
    focused.focus({ preventScroll: true });
    const { width } = focused.getBoundingClientRect();
    const isSeen = focused !== document.body && width >= 2 && seen !== unseen;
    return isSeen ? "" : focused.outerHTML;
  })()`);
}

/** What axe-core finds wrong, in light and in dark, in one line each: which rule, and where. */
export async function violations({ page }: Person): Promise<string[]> {
  // Not as a script of the page, which its policy would refuse.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const all: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
    for (const { id, nodes } of (found as axe.AxeResults).violations) {
      all.push(`${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    }
  }
  return all;
}
