/** Where handlers die and the gateway answers for them, as many may lack an answer as it says. */
import { describe, expect, it } from "vitest";
import type { ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import { check } from "./check.ts";
import type { Entry } from "./history.ts";

const connection = "alice-1";
const opened: Entry = { what: "opened", connection, user: "alice" };
const closed: Entry = { what: "closed", connection };
const failed: Entry = { what: "failed", connection };
const denied: Entry = { what: "denied", connection };
const pinged = (request: string): Entry => {
  return { what: "asked", connection, request, frame: { action: "ping", id: request } };
};
const received = (frame: ServerFrame): Entry => ({ what: "received", connection, frame });
const pong = (id: string, atMs = 1) => received({ type: "pong", id, atMs });
const ended = (request: string): Entry => ({ what: "ended", request });

const blamed = (...entries: Entry[]) =>
  check({ entries: [opened, ...entries], logs: new Map() }, { isLossless: false, isReal: true });

const silent: [what: string, entries: Entry[]][] = [
  ["a request that nobody answered", [pinged("1"), ended("1")]],
  ["two requests that the gateway spoke for once", [pinged("1"), pinged("2"), failed, ended("1")]],
  ["a request that nobody answered until long after", [pinged("1"), ended("1"), closed]],
  ["a request that was spoken for on another connection", [pinged("1"), ended("1")]],
  ["a request with two answers", [pinged("1"), pong("1"), pong("1", 2)]],
];
silent[1]?.[1].push(ended("2"));
silent[3]?.[1].unshift({ ...opened, connection: "bob-1" }, { ...failed, connection: "bob-1" });

const answered: [what: string, entries: Entry[]][] = [
  ["a request that the gateway spoke for", [pinged("1"), failed, ended("1")]],
  ["a request whose connection the gateway called gone", [pinged("1"), denied, ended("1")]],
  ["a request whose connection closed before it was due", [pinged("1"), closed, ended("1")]],
  ["a request on a connection that has closed", [closed, pinged("1"), ended("1")]],
  ["a request that is not due yet", [pinged("1")]],
  ["an answer that came twice", [pinged("1"), pong("1"), pong("1"), ended("1")]],
];

describe("with a gateway that answers for handlers", () => {
  it.each(silent)("blames %s", (_what, entries) => {
    expect(blamed(...entries)).toMatchObject([{ promise: 9 }]);
  });

  it.each(answered)("lets %s pass", (_what, entries) => {
    expect(blamed(...entries)).toEqual([]);
  });
});
