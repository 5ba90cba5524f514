/** The chat page as it is deployed: signed in by an OpenID Connect provider, in a real Chromium. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, startChromium } from "../support/chromium.ts";
import { fresh, shared } from "../support/endpoints.ts";
import { type OidcPage, startOidcPage } from "../web/oidcProvider.ts";
import { join, newPerson, type Person } from "../web/person.ts";

const tokensKey = "parley-oidc-tokens";

describe.runIf(hasChromium)("the chat page with an OpenID Connect provider", () => {
  let browser: Browser;
  let served: OidcPage;
  beforeAll(async () => {
    served = await startOidcPage(shared());
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    served?.stop();
  });

  /** Opens the page, which leads to the provider's form. */
  async function arrive(): Promise<Person> {
    const person = await newPerson(browser);
    await person.page.goto(served.pageUrl);
    await form(person).waitFor();
    return person;
  }

  async function signedIn(name: string): Promise<Person> {
    const person = await arrive();
    await signIn(person, name);
    return person;
  }

  it("signs two users in, who talk, and leaves no code in the address", async () => {
    const room = fresh("room");
    const [alice, bob] = [await signedIn(fresh("alice")), await signedIn(fresh("bob"))];
    await join(alice, room);
    await join(bob, room);
    await alice.say("hello, Bob");
    await bob.message("hello, Bob").waitFor();
    for (const { page, complaints } of [alice, bob]) {
      expect(page.url()).toBe(`${served.pageUrl}/#/${room}`);
      // Pages of the provider's ask for a font and an icon.
      const ofOurs = complaints.filter((line) => !line.startsWith("Failed to load resource"));
      expect(ofOurs).toEqual([]);
      expect(await page.evaluate("localStorage.length")).toBe(0);
    }
  });

  it("renews a token that has expired, until the provider does so no more", async () => {
    const person = await signedIn(fresh("carol"));
    await join(person, fresh("room"));
    await person.say("before");
    await person.sent("before");
    const renewals = served.renewals();
    const before = await tokensIn(person);
    await keep(person, { ...before, expiresAtMs: before.takenAtMs });
    await person.page.reload();
    await person.message("before").waitFor();
    await connected(person);
    const after = await tokensIn(person);
    expect(served.renewals()).toBe(renewals + 1);
    expect(after.access).not.toBe(before.access);
    expect(after.refresh).not.toBe(before.refresh);
    await person.say("after");
    await person.sent("after");

    await keep(person, { ...after, expiresAtMs: after.takenAtMs, refresh: "of somebody else" });
    await person.page.reload();
    await person.page.getByText("Your sign-in has expired.").waitFor();
    expect(await keptTokens(person)).toBeNull();
    // The provider still knows the user, and asks nothing.
    await person.page.getByRole("button", { name: "Sign in again" }).click();
    await connected(person);
  });

  it("signs out at the provider too, and signs in again only when it is asked to", async () => {
    const person = await signedIn(fresh("erin"));
    await person.page.getByRole("button", { name: "Sign out" }).click();
    await person.page.getByRole("button", { name: "Yes, sign me out" }).click();
    await person.page.getByText("You have signed out.").waitFor();
    expect(await keptTokens(person)).toBeNull();
    await person.page.getByRole("button", { name: "Sign in" }).click();
    await form(person).waitFor();
  });

  it("signs nobody in who cancels, or whose answer this tab did not ask for", async () => {
    const person = await arrive();
    await person.page.getByRole("link", { name: "Cancel" }).click();
    await person.page.getByText("The sign-in was cancelled.").waitFor();
    for (const answer of ["code=of-somebody&state=made-up", "state=made-up&error=access_denied"]) {
      await person.page.goto(`${served.pageUrl}/?${answer}`);
      await person.page.getByText("This sign-in was not begun in this tab.").waitFor();
      expect(person.page.url()).toBe(`${served.pageUrl}/`);
      expect(await keptTokens(person)).toBeNull();
    }
    await person.page.getByRole("button", { name: "Sign in" }).click();
    await form(person).waitFor();
  });

  it("takes no token that was made for another sign-in's nonce", async () => {
    const person = await newPerson(browser);
    await person.page.route(
      /\/auth\?/,
      (route) => {
        const url = new URL(route.request().url());
        url.searchParams.set("nonce", "another");
        return route.fulfill({ status: 302, headers: { location: url.href } });
      },
      { times: 1 },
    );
    await person.page.goto(served.pageUrl);
    await fillIn(person, fresh("frank"));
    await person.page.getByText(/unexpected ID Token "nonce"/).waitFor();
    expect(await keptTokens(person)).toBeNull();
  });

  it("says that the provider cannot be reached, and goes on when it can", async () => {
    const person = await newPerson(browser);
    const all = `${served.issuer}/**`;
    await person.page.route(all, (route) => route.abort());
    await person.page.goto(served.pageUrl);
    await person.page.getByText(/which signs users in, cannot be reached/).waitFor();
    await person.page.unroute(all);
    await person.page.getByRole("button", { name: "Try again" }).click();
    await form(person).waitFor();
  });

  it("names what is wrong in its configuration", async () => {
    const person = await newPerson(browser);
    await person.page.route("**/config.json", (route) =>
      route.fulfill({ json: { gateways: ["https://chat.example"], signIn: { issuer: "x" } } }),
    );
    await person.page.goto(served.pageUrl);
    await person.page
      .getByText("unable to use /config.json; signIn.issuer must be a https:// URL")
      .waitFor();
  });
});

const form = ({ page }: Person) => page.getByPlaceholder("Enter any login");

async function signIn(person: Person, name: string): Promise<void> {
  await fillIn(person, name);
  await connected(person);
}

async function fillIn(person: Person, name: string): Promise<void> {
  await form(person).fill(name);
  await person.page.getByPlaceholder("and password").fill("any");
  await person.page.getByRole("button", { name: "Sign-in" }).click();
  await person.page.getByRole("button", { name: "Continue" }).click();
}

async function connected({ page }: Person): Promise<void> {
  await page.getByText("Connected", { exact: true }).waitFor({ state: "attached" });
}

interface Tokens {
  access: string;
  refresh: string;
  takenAtMs: number;
}

async function tokensIn(person: Person): Promise<Tokens> {
  return JSON.parse((await keptTokens(person)) ?? "");
}

function keptTokens({ page }: Person): Promise<string | null> {
  return page.evaluate(`sessionStorage.getItem("${tokensKey}")`);
}

async function keep({ page }: Person, tokens: object): Promise<void> {
  const text = JSON.stringify(JSON.stringify(tokens));
  await page.evaluate(`sessionStorage.setItem("${tokensKey}", ${text})`);
}
