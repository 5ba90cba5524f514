/** `npm run chat`: the chat in a terminal, on the service as `npm start` runs it. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { cleanLine, cleanText } from "../../local/terminal/clean.ts";
import { mentionedIn } from "../../local/terminal/commands.ts";
import { fresh } from "../support/endpoints.ts";
import { act } from "../support/http.ts";
import { freePorts, killAll, startProgram, startService } from "./processes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = "local/terminal/main.ts";
/** Of util-linux: it gives a program a terminal. */
const script = "/usr/bin/script";

describe("text of others in a terminal", () => {
  it.each([
    ["a control sequence", "\u001b[2Jgone\u0007", "\ufffd[2Jgone\ufffd"],
    ["a C1 control", "\u009b2J", "\ufffd2J"],
    ["a carriage return", "me: x\ralice: y", "me: x\ufffdalice: y"],
    ["an override of direction", "\u202egnp.exe\u2066", "\ufffdgnp.exe\ufffd"],
    ["a line separator", "a\u2028b", "a\ufffdb"],
    ["an invisible character", "al\u200bice", "al\ufffdice"],
  ])("has no effect where it is %s", (_what, text, shown) => {
    expect(cleanLine(text)).toBe(shown);
  });

  it("keeps emoji and scripts that need joiners, and right-to-left text", () => {
    for (const text of ["👩‍👩‍👧", "می‌خواهم", "שלום", "क्‍ष"]) expect(cleanLine(text)).toBe(text);
  });

  it("cannot begin a line that looks like somebody else's message", () => {
    expect(cleanText("hi\r\n12:00 bob: I quit")).toBe("hi\n    12:00 bob: I quit");
  });
});

describe("a line that names users", () => {
  it.each([
    ["hello @bob", ["bob"]],
    ["@bob, @carol: look!", ["bob", "carol"]],
    ["(mail me at bob@example.org)", []],
    ["@ @.", []],
  ])("mentions them: %s", (text, users) => {
    expect(mentionedIn(text)).toEqual(users);
  });
});

describe("npm run chat", () => {
  const ends: (() => void)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    await killAll();
  });

  it("says in one line what is wrong with its arguments", async () => {
    const { exit } = startProgram(program, { args: ["general"] });
    expect(await exit).toMatchObject({ code: 1, errors: /^unable to chat; name yourself.*\n$/ });
  });

  it("says that nothing answers at its URL", async () => {
    const bob = inPipe(["--as", "bob", "--url", `ws://localhost:${await freePorts()}`]);
    await bob.sees(/the service does not answer; trying again/);
  });

  it("lets two people talk, page back, lose the server and come back", async () => {
    const port = await freePorts();
    const data = mkdtempSync(join(tmpdir(), "parley-"));
    const args = ["--port", String(port), "--gateway", "faithful", "--data", data];
    let service = await startService({ args });
    const url = service.websocketUrl;
    const room = fresh("room");
    const bob = inPipe(["--as", "bob", "--url", url, room]);
    await bob.sees(/in room/);
    const alice = existsSync(script)
      ? inTerminal(["--as", "alice", "--url", url, room])
      : inPipe(["--as", "alice", "--url", url, room]);
    await alice.sees(/in room/);

    alice.writes("hello, bob");
    await bob.sees(/alice.*: hello, bob/i);
    bob.writes("hello, alice");
    await alice.sees(/bob.*: hello, alice/i);
    bob.writes("\u001b]0;title\u0007\u202etxet");
    await alice.sees(/\ufffd\]0;title\ufffd\ufffdtxet/);

    service.kill("SIGKILL");
    await service.exit;
    await bob.sees(/connection lost/);
    bob.writes("written while away");
    service = await startService({ args });
    await alice.sees(/bob.*: written while away/i);
    await bob.sees(/: written while away/);
    expect(bob.output().match(/: written while away/g)).toHaveLength(1);

    for (let n = 1; n <= 3; n += 1) alice.writes(`again ${n}`);
    await bob.sees(/again 3/);
    bob.writes("/older");
    await bob.sees(/this is the beginning/);
    bob.writes("/who");
    await bob.sees(/online: alice, bob/);
    bob.writes("/edit and again");
    await alice.sees(/\d+ is now: and again/);
    alice.writes("/react 👍");
    await bob.sees(/\d+ has 👍 1/);
    bob.writes("/delete");
    await alice.sees(/\d+ was deleted/);

    const [, root = ""] = /(\d+) \d\d:\d\d alice: hello, bob/i.exec(bob.output()) ?? [];
    alice.writes(`/thread ${root}`);
    await alice.sees(new RegExp(`in the thread of ${root}`));
    alice.writes("in the thread");
    await bob.sees(new RegExp(`${root} has 1 reply`));
    expect(bob.output()).not.toContain("in the thread");
    bob.writes("@alice, beside the thread");
    await bob.sees(/bob: @alice, beside the thread/i);
    alice.writes("/mentions");
    await alice.sees(/bob in room-\S+: \d+/);
    bob.writes(`/thread ${root}`);
    await bob.sees(/alice: in the thread/i);
    bob.writes("and an answer");
    await alice.sees(/bob: and an answer/i);
    alice.writes("/edit still in the thread");
    await bob.sees(/is now: still in the thread/);
    expect(alice.output()).not.toContain("beside the thread");
    for (const one of [alice, bob]) {
      one.writes("/thread");
      await one.sees(/back in room/);
    }
    await alice.sees(/bob: @alice, beside the thread/i);
    alice.writes("after the thread");
    await bob.sees(/alice: after the thread/i);

    alice.writes("/private plans");
    await alice.sees(/in plans/);
    alice.writes("keep this");
    await alice.sees(/alice: keep this/i);
    const [, kept = ""] = /(\d+) \d\d:\d\d alice: keep this/i.exec(alice.output()) ?? [];
    alice.writes(`/pin ${kept}`);
    await alice.sees(new RegExp(`${kept} is pinned`));
    alice.writes("/pins");
    await alice.sees(/pinned: \d+ .*keep this/);
    bob.writes("/quit");
    alice.writes("/quit");
    expect(await Promise.all([bob.exit, alice.exit])).toEqual([0, 0]);
  });

  it("shows the page before what it shows at first, and lets an owner lead a room", async () => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port), "--gateway", "faithful"] });
    const at = { ...service, databaseUrl: "" };
    const owner = inPipe(["--as", "olga", "--url", service.websocketUrl, "lobby"]);
    const room = "dm:alice:bob";
    // By turns, because nobody may send all of a room's last messages so quickly.
    for (let n = 1; n <= 25; n += 1) {
      await act("send", { as: n % 2 ? "alice" : "bob", at, room, text: `message ${n}.` });
    }
    const reader = inPipe(["--as", "bob", "--url", service.websocketUrl, room]);
    await reader.sees(/message 25\./);
    expect(reader.output()).not.toContain("message 5.");
    reader.writes("/older");
    await reader.sees(/message 1\.[\s\S]*message 5\.[\s\S]*newer/);

    await owner.sees(/in lobby/);
    owner.writes("/private Plans");
    await owner.sees(/in Plans/);
    owner.writes("/invite bob");
    await reader.sees(/olga invites me to Plans: \/room (p-\w+), or \/decline p-/);
    const [, plans = ""] = /\/room (p-\w+)/.exec(reader.output()) ?? [];
    reader.writes(`/decline ${plans}`);
    await reader.sees(/declined/);
    owner.writes("/invite bob");
    await reader.sees(/invites me[\s\S]*invites me/);
    reader.writes(`/room ${plans}`);
    await reader.sees(/in Plans/);
    reader.writes("buy pills");
    await owner.sees(/bob: buy pills/);
    owner.writes("/role bob moderator");
    await owner.sees(/bob is moderator now/);
    owner.writes("/members");
    await owner.sees(/members: bob \(moderator\), olga \(owner\)/);
    owner.writes("/role bob member");
    await owner.sees(/bob is member now/);
    owner.writes("/set topic nothing for sale");
    await owner.sees(/topic: nothing for sale/);
    owner.writes("/set slowModeMs 1000");
    await owner.sees(/slowModeMs: 1000/);
    owner.writes("/set colour red");
    await owner.sees(/unable to configure the room; .*colour/);
    owner.writes(`/report ${/(\d+) \d\d:\d\d bob: buy/.exec(owner.output())?.[1]} spam`);
    await owner.sees(/message \d+ is reported/);
    owner.writes("/reports");
    await owner.sees(/olga reports bob: buy pills \(spam\)/);
    owner.writes("/mute bob 5");
    await owner.sees(/bob is muted/);
    reader.writes("let me speak");
    await reader.sees(/not sent: let me speak \(unable to send; you are muted/);
    owner.writes("/ban bob enough");
    await reader.sees(/olga put me out: enough/);
    owner.writes("/bans");
    await owner.sees(/banned: bob/);
    owner.writes("/unban bob");
    await owner.sees(/bob may come back/);
    owner.writes("/block bob");
    await owner.sees(/nothing more comes from bob/);
    reader.writes("/to olga");
    await reader.sees(/in olga/);
    reader.writes("psst");
    await reader.sees(/not sent: psst \(unable to send; you cannot write to this user/);
    owner.writes("/leave");
    await owner.sees(/make somebody else an owner first/);
    owner.ends();
    reader.ends();
    expect(await Promise.all([owner.exit, reader.exit])).toEqual([0, 0]);
  });

  interface Seat {
    output(): string;
    writes(line: string): void;
    sees(what: RegExp): Promise<void>;
    ends(): void;
    exit: Promise<number | null>;
  }

  const inPipe = (args: string[]) =>
    seat(process.execPath, [join(root, "local/run.mjs"), program, ...args]);

  const inTerminal = (args: string[]) =>
    seat(script, [
      "-qefc",
      [process.execPath, "local/run.mjs", program, ...args].join(" "),
      "/dev/null",
    ]);

  function seat(command: string, args: string[]): Seat {
    const child = spawn(command, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
    ends.push(() => void child.kill("SIGKILL"));
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    return {
      output: () => output,
      writes: (line) => void child.stdin.write(`${line}\n`),
      sees: async (what) => void (await expect.poll(() => output).toMatch(what)),
      ends: () => child.stdin.end(),
      exit: new Promise((resolve) => child.once("close", (code) => resolve(code))),
    };
  }
});
