/**
 * Signs in as any user with one click, for development: the token is signed with the published
 * secret, which no deployment accepts. The page sends the browser here with a `state` that it made
 * up, and takes a token back only together with it, in the fragment, which no server sees.
 */
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { userName } from "../../lib/protocol/names.ts";
import { parse } from "../../lib/protocol/parse.ts";
import { developmentToken } from "../tokens.ts";

export interface Answer {
  status: number;
  body: string | Buffer;
  type?: string;
  headers?: Record<string, string>;
}

const tokenTtlSeconds = 24 * 3600;
/** A name of 256 characters, each escaped with three, and a state. */
const formBytesMax = 2_000;
const stateForm = /^[\w-]{1,64}$/;
const html = "text/html; charset=utf-8";

/** Answers everything below `/sign-in`. */
export async function signIn(request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/sign-in.css") {
    const body = await readFile(new URL("signIn.css", import.meta.url));
    return { status: 200, type: "text/css; charset=utf-8", body };
  }
  if (pathname !== "/sign-in") return { status: 404, body: "there is no such file" };
  if (request.method !== "POST") return form(200, searchParams.get("state") ?? "");
  if (!isFromHere(request)) return { status: 403, body: "only the page itself may sign in" };

  const fields = new URLSearchParams(await textOf(request));
  const state = fields.get("state") ?? "";
  const typed = (fields.get("user") ?? fields.get("name") ?? "").trim();
  const user = parse(userName, typed.toLowerCase());
  if (!user.ok) return form(400, state, `Choose another name; ${user.reason}.`);
  if (!stateForm.test(state)) return { status: 303, body: "", headers: { location: "/" } };
  const name = fields.has("user") ? {} : { name: typed };
  const token = await developmentToken(user.value, { ttlSeconds: tokenTtlSeconds, ...name });
  return { status: 303, body: "", headers: { location: `/#token=${token}&state=${state}` } };
}

/** A browser names the page that a form was sent from; a program is no page and has no browser. */
function isFromHere({ headers }: IncomingMessage): boolean {
  return headers.origin === `http://${headers.host}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > formBytesMax) throw new Error("unable to sign in; the form is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function form(status: number, state: string, problem = ""): Answer {
  const known = stateForm.test(state) ? state : "";
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign in to Parley</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/sign-in.css">
</head>
<body>
<main>
<h1>Who are you?</h1>
<p>This copy of Parley runs on your machine for development, so you may be anybody. Open a second
window and be somebody else.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="state" value="${known}">
<div class="people">
<button name="user" value="alice"><span aria-hidden="true" class="alice">A</span>Alice</button>
<button name="user" value="bob"><span aria-hidden="true" class="bob">B</span>Bob</button>
</div>
</form>
<form method="post" action="/sign-in">
<input type="hidden" name="state" value="${known}">
<label for="name">Somebody else</label>
<div class="other">
<input id="name" name="name" required maxlength="64" autocomplete="off" placeholder="carol"
aria-describedby="problem">
<button>Sign in</button>
</div>
<p id="problem" role="alert">${problem.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}</p>
</form>
</main>
</body>
</html>
`;
  return { status, type: html, body };
}
