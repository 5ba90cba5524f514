/** React renders a chat as often as there is something new to see, and no oftener. */
import { act, createElement, type FunctionComponent } from "react";
import { create } from "react-test-renderer";
import { beforeAll, expect, it, vi } from "vitest";
import { useChat, useRoom, useRooms, useThread, useTyping } from "../../client/react.ts";
import { idle } from "./fakeClock.ts";
import { event, live, open } from "./shown.ts";

beforeAll(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  // The library reports its deprecation. No other maintained one renders without a document.
  const { error } = console;
  vi.spyOn(console, "error").mockImplementation((...said) => {
    if (!`${said[0]}`.includes("react-test-renderer is deprecated")) error(...said);
  });
});

/** Mount what a hook returns, and count how often it is rendered. */
async function mounted<T>(hook: () => T) {
  const values: T[] = [];
  const Component: FunctionComponent = () => {
    values.push(hook());
    return null;
  };
  const root = await act(async () => create(createElement(Component)));
  return { values, unmount: () => act(async () => root.unmount()) };
}

it("renders a room at each of 1,000 events, and nothing that they do not change", async () => {
  const here = await open();
  const room = await mounted(() => useRoom(here.chat, "general"));
  const rooms = await mounted(() => useRooms(here.chat));
  const connection = await mounted(() => useChat(here.chat));
  const typing = await mounted(() => useTyping(here.chat, "general"));
  const before = [room, rooms].map(({ values }) => values.length);
  for (let seq = 3; seq <= 1_002; seq += 1) await act(() => here.said(seq));
  const rendered = [room, rooms].map(({ values }, i) => values.length - (before[i] ?? 0));
  expect(rendered).toEqual([1_000, 1_000]);
  expect(connection.values).toHaveLength(1);
  expect(typing.values).toHaveLength(1);
  expect(room.values.at(-1)?.messages.at(-1)?.seq).toBe(1_002);
});

it("renders nothing at 1,000 events that are known", async () => {
  const here = await open();
  const room = await mounted(() => useRoom(here.chat, "general"));
  const rooms = await mounted(() => useRooms(here.chat));
  const before = [room, rooms].map(({ values }) => values.length);
  for (let count = 0; count < 1_000; count += 1) await act(() => here.said(2));
  expect([room, rooms].map(({ values }) => values.length)).toEqual(before);
});

it("renders a burst that comes in one frame once", async () => {
  const here = await open();
  const room = await mounted(() => useRoom(here.chat, "general"));
  const before = room.values.length;
  const events = Array.from({ length: 50 }, (_, i) => event(i + 3));
  await act(() => here.receive({ type: "events", room: "general", events }));
  expect(room.values.length - before).toBe(1);
});

it("opens a room that is mounted, and has its hints told until it is not", async () => {
  const here = await live();
  const room = await mounted(() => useRoom(here.chat, "general"));
  await idle();
  expect(here.count("history")).toBe(1);
  const focused = () => here.sockets.last().sent.findLast(({ action }) => action === "focus");
  expect(focused()).toMatchObject({ rooms: ["general"] });
  await act(() => here.answer("focus", { type: "focused", rooms: [] }));
  await room.unmount();
  await idle();
  expect(focused()).toMatchObject({ rooms: [] });
});

it("follows a thread that is mounted, and renders it when something in it changed", async () => {
  const here = await open();
  const shown = await mounted(() => useThread(here.room, 1));
  await idle();
  const page = { type: "thread", seq: 1, events: [], more: false };
  await act(() => here.answer("thread", page));
  expect(shown.values.at(-1)).toMatchObject({ state: "open", root: { seq: 1 }, replies: [] });
  const before = shown.values.length;
  await act(() => here.said(3));
  expect(shown.values).toHaveLength(before);
  await act(() => here.said(4, { thread: 1 }));
  expect(shown.values).toHaveLength(before + 1);
  expect(shown.values.at(-1)?.replies).toMatchObject([{ seq: 4 }]);
  await shown.unmount();
});
