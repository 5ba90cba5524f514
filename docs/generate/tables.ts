/**
 * The tables of docs/protocol.md that repeat lib/protocol, as Markdown, by the name in their
 * marker.
 */

import {
  everyoneCost,
  focusRoomCost,
  mentionCost,
  replyCost,
  requestCosts,
  routeCosts,
  syncRoomCost,
} from "../../lib/actions/budget.ts";
import { type Right, rights, rightsOfMembers } from "../../lib/actions/rooms/rights.ts";
import { actions } from "../../lib/protocol/actions.ts";
import { type Action, clientFrames } from "../../lib/protocol/clientFrames.ts";
import { disconnectCodes, type ErrorCode, errorCodes } from "../../lib/protocol/codes.ts";
import { actionRoute } from "../../lib/protocol/httpRoutes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type FrameType, serverFrames } from "../../lib/protocol/serverFrames.ts";
import { errorMeanings } from "./errorMeanings.ts";
import { actionNotes, frameNotes } from "./notes.ts";
import { jsonSchema } from "./schemas.ts";

export const tables: Readonly<Record<string, string>> = {
  requests: table(
    ["action", "fields", "reply", "asks"],
    (Object.keys(clientFrames) as Action[]).map((action) => [
      `[\`${action}\`](#${action})`,
      fieldsOf(action),
      `\`${actions[action].reply}\``,
      actionNotes[action].does,
    ]),
  ),
  pushes: table(
    ["type", "comes when"],
    (Object.keys(serverFrames) as FrameType[])
      .filter((type) => frameNotes[type].pushed !== undefined)
      .map((type) => [`\`${type}\``, frameNotes[type].pushed ?? ""]),
  ),
  "error codes": table(
    ["code", "HTTP", "retryable", "means"],
    (Object.keys(errorCodes) as ErrorCode[]).map((code) => [
      `\`${code}\``,
      String(errorCodes[code].status),
      yesOrNo(errorCodes[code].retryable),
      errorMeanings[code],
    ]),
  ),
  "disconnect codes": table(
    ["code", "reconnect", "after", "means"],
    Object.entries(disconnectCodes).map(([code, { reconnect, afterMs, meaning }]) => [
      `\`${code}\``,
      yesOrNo(reconnect),
      `${afterMs} ms`,
      meaning,
    ]),
  ),
  rights: table(
    ["what", "the lowest role that may", "to a lower role only", "in a closed room", "while muted"],
    rightRows(),
  ),
  limits: table(["what", "limit", "beyond it"], limitRows()),
  costs: table(["request", "units"], costRows()),
};

/** The limits that a client can meet, in its words. */
function limitRows(): string[][] {
  const n = (value: number) => value.toLocaleString("en-US");
  return [
    ["a frame, either way", `${n(limits.frameBytes)} bytes of UTF-8`, "`too_large`"],
    ["a text, trimmed", `${n(limits.textCharacters)} code points`, "`bad_request`"],
    ["a user", `${n(limits.userCharacters)} characters`, "401; in a frame `bad_request`"],
    ["a display name", `${n(limits.displayNameCharacters)} code points`, "it is cut"],
    ["a token", `${n(limits.tokenCharacters)} characters`, "401"],
    ["events on a page of `history`", n(limits.historyLimit), "asked for more: `bad_request`"],
    ["rooms in a `sync`", n(limits.syncRooms), "`bad_request`"],
    ...changeRows(n),
    ["names in a `sync`, as a list", `${n(limits.syncNameBytes)} bytes`, "`bad_request`"],
    ["events of a room in a reply to `sync`", n(limits.syncEvents), "`complete: false`"],
    ["rooms in a `welcome`", n(limits.welcomeRooms), "`more: true`"],
    ["invitations in a `welcome`", n(limits.welcomeInvitations), "answer these, then ask again"],
    ["a room's title", `${n(limits.titleCharacters)} code points`, "`bad_request`"],
    ["a room's topic", `${n(limits.topicCharacters)} code points`, "`bad_request`"],
    ["a `reason`", `${n(limits.reasonCharacters)} code points`, "`bad_request`"],
    ["owners of a room", n(limits.owners), "`forbidden`"],
    ["users that a `create` invites", n(limits.createInvites), "`bad_request`"],
    ["users on a page of `members`, `bans` and `blocks`", n(limits.membersPage), "`more: true`"],
    ...moderationRows(n),
    ["`slowModeMs`", `${n(limits.slowModeMs / 3_600_000)} hours`, "`bad_request`"],
    ["`forMs` of a `mute`", `${n(limits.muteMs / 86_400_000)} days`, "`bad_request`"],
    ["users in a `who`", n(limits.whoUsers), "`more: true`"],
    [
      "connections counted by `who` and `joined`",
      n(limits.whoSubscriptions),
      "counts are lower bounds",
    ],
    [
      "public rooms heard by one connection, those included that it focuses",
      n(limits.topicsPerConnection - 1),
      "`forbidden` on `join` and `sync`",
    ],
    [
      "`typing` with `on` of one user in one room, passed on",
      `once in ${n(limits.typingEveryMs / 1_000)} s`,
      "answered, and told to nobody",
    ],
    ["rooms in a `focus`", n(limits.focusRooms), "`bad_request`"],
    [
      "connections that focus one room",
      n(limits.lookingConnections),
      "no `presence`, no `typing`, no `read` of others",
    ],
    ["events behind the head of `after` in a `send`", n(limits.sendAfterEvents), "`sync_first`"],
    [
      "newest messages searched for a `cid` without `after`",
      n(limits.tailEvents),
      "a resent message is stored again",
    ],
    [
      `of a room's last ${limits.tailEvents} messages, by one user ` +
        `in ${limits.senderWindowMs / 1_000} s`,
      n(limits.senderEvents),
      "`rate_limited`",
    ],
    ["nesting of a notice's data", n(limits.noticeDepth), "`bad_request`"],
    ...messageRows(n),
    [
      "connections of one user",
      n(limits.connectionsPerUser),
      "the oldest is closed: `too_many_connections`",
    ],
    [
      `units that one user may spend in ${limits.budgetWindowMs / 1_000} s`,
      n(limits.budgetUnits),
      "`rate_limited`",
    ],
  ];
}

function changeRows(n: (value: number) => string): string[][] {
  return [
    ["events in an `events`", n(limits.eventsAsked), "`bad_request`"],
    ["emoji on a message, and of a user on it", n(limits.reactionEmoji), "`forbidden`"],
    ["users named beside an emoji", n(limits.reactionUsers), "[`reactors`](#reactors) names all"],
    [
      "users whose reactions to a message are counted",
      n(limits.reactorsCounted),
      "counts are lower bounds",
    ],
    ["users on a page of `reactors`", n(limits.reactorsPage), "`more: true`"],
    ["replies that a thread counts", n(limits.repliesCounted), "the count is a lower bound"],
  ];
}

function moderationRows(n: (value: number) => string): string[][] {
  return [
    [
      "`retentionMs`, unless it is 0",
      `${n(limits.retentionMsLeast / 86_400_000)} to ${n(limits.retentionMs / 86_400_000)} days`,
      "`bad_request`",
    ],
    [
      "how long the copy in a report is kept",
      `${n(limits.reportKeptSeconds / 86_400)} days`,
      "it is gone, and can be reported again",
    ],
    ["reports on a page", n(limits.reportsPage), "`more: true`"],
    ["rooms that one user makes in an hour", n(limits.perHour.rooms), "`rate_limited`"],
    ["rooms that one user joins in an hour", n(limits.perHour.joins), "`rate_limited`"],
    [
      "direct rooms that one user begins in an hour",
      n(limits.perHour.strangers),
      "`rate_limited` on `send`",
    ],
    [
      "messages to a stranger who has not accepted yet, where requests are held",
      n(limits.requestMessages),
      "`forbidden`",
    ],
    ["users whom one user invites in an hour", n(limits.perHour.invitations), "`rate_limited`"],
    ["messages that one user reports in an hour", n(limits.perHour.reports), "`rate_limited`"],
    ["rooms on a page of `directory`", n(limits.directoryPage), "`more: true`"],
  ];
}

function messageRows(n: (value: number) => string): string[][] {
  return [
    [
      "members of a room whose readers are shown",
      n(limits.readersShown),
      "`focused` has no `reads`; `readers` is `forbidden`",
    ],
    ["pins of a room", n(limits.pins), "`forbidden`"],
    ["a message's `data`", `${n(limits.dataBytes)} bytes as JSON`, "`bad_request`"],
    ["names that a message mentions", `${n(limits.mentionBytes)} bytes as JSON`, "`bad_request`"],
    ["members of a room for `everyone`", n(limits.everyoneMembers), "`forbidden`"],
    ["mentions on a page of `mentions`", n(limits.mentionsPage), "`more: true`"],
    ["mentions counted by `welcome`", n(limits.mentionsCounted), "counts are lower bounds"],
    ["how long an unread mention is kept", `${limits.mentionSeconds / 86_400} days`, "it is gone"],
    ["nesting of a message's `data`", n(limits.dataDepth), "`bad_request`"],
    ["what a message carries in all", `${n(limits.carriedBytes)} bytes as JSON`, "`bad_request`"],
  ];
}

function rightRows(): string[][] {
  const whoInvites = "member, or moderator where `invites` says so";
  return Object.entries<Right>({ ...rightsOfMembers, ...rights }).map(([act, right]) => [
    act,
    right.least === "invites" ? whoInvites : right.least,
    right.outranks ? "yes" : "–",
    right.adds ? "`closed`" : "yes",
    right.speaks ? "`muted`" : "yes",
  ]);
}

function costRows(): string[][] {
  const roomCosts = { sync: syncRoomCost, focus: focusRoomCost };
  const send =
    `${mentionCost} for each mention, ${everyoneCost} for \`everyone\`, ` +
    `${replyCost} for a reply in a thread`;
  const actions = Object.entries(requestCosts).map(([action, units]) => [
    `\`${action}\``,
    action in roomCosts
      ? `${units}, and ${roomCosts[action as keyof typeof roomCosts]} for each room`
      : `${units}${action === "send" ? `, and ${send}` : ""}`,
  ]);
  const routes = Object.entries(routeCosts).map(([route, units]) => [
    `\`${route}\``,
    units === 0 ? "free" : String(units),
  ]);
  return [...actions, [`\`${actionRoute}\``, "as the action"], ...routes];
}

function fieldsOf(action: Action): string {
  const { properties = {}, required = [] } = jsonSchema(clientFrames[action], "draft-7", action);
  const own = Object.keys(properties).filter((field) => field !== "action" && field !== "id");
  const marked = own.map((field) => `\`${field}${required.includes(field) ? "" : "?"}\``);
  return marked.join(", ") || "–";
}

function yesOrNo(value: boolean): string {
  return value ? "yes" : "no";
}

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.trim()).join(" | ")} |\n`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("");
}
