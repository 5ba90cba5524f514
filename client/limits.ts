/**
 * Every limit and waiting time of the client, each with its reason: import them as `limits`. What
 * follows from a limit of the service is held against it in test/client/limits.test.ts.
 */
/**
 * From a token to an open socket. A function that starts cold takes some seconds. The token has
 * no limit: it may take a sign-in window.
 */
export const openMs = 20_000;
/** For an answer of `GET /gateway`. Of `openMs` it leaves time to try a gateway that is known. */
export const askMs = 10_000;
/** For any frame, when `connect()` asks whether a connection lives. Somebody waits for it. */
export const probeMs = 3_000;
/** How old a try to connect must be for `connect()` to start it over. Cold starts take less. */
export const startOverMs = 5_000;
/** From a request to its answer. Most take milliseconds; docs/protocol.md calls this generous. */
export const replyMs = 10_000;
/** How long a request waits for a connection before it fails. A message waits for any time. */
export const connectedMs = 30_000;
/** The first wait after a failure, of which a random part is taken. Then it doubles … */
export const backoffMs = 1_000;
/** … up to this. */
export const backoffMsMax = 30_000;
/** How often anything may fail before its caller is told: a minute or two of waiting. */
export const attempts = 10;
/**
 * How long anything waits in all because the service asks it to. A hundred messages of one user
 * to one room, sent at the same time from several devices, take a minute.
 */
export const toldToWaitMs = 10 * 60_000;
/** How long a gap may close by itself. Most pushes that overtake each other do so by less. */
export const gapMs = 300;
/** Everything followed is synced this often. A gateway ends a connection idle for 10 minutes. */
export const keepAliveMs = 9 * 60_000;
/** Tries to get back to a gateway before another is asked for: it may only be overloaded. */
export const gatewayTries = 2;
/**
 * After so long it is asked for again, so that a gateway that is added gets its share: at the end
 * of a connection that lasted for as long as a gateway lets it.
 */
export const gatewayMs = 2 * 3_600_000;
/** A gateway ends every connection when it is so old. */
export const connectionMs = 2 * 3_600_000;
/**
 * A connection is replaced when a random share of its life has passed, from this one … After one
 * of two hours or of a token of an hour, 6 or 3 minutes are left at least for tries that fail.
 */
export const handOverFrom = 0.8;
/** … to this one. */
export const handOverTo = 0.95;
/** A connection with less to live is not replaced. It is when it has ended. */
export const handOverLifeMs = 20_000;
/** Gateways that are named as failed when asking for one: the service's limit. */
export const failedGateways = 32;
/** Of UTF-8 in a frame: the service's limit. */
export const frameBytes = 32 * 1024;
/** Rooms in one `sync` frame: the service's limit. */
export const syncRooms = 50;
/** Bytes of the names of these rooms, as a list in JSON: the service's limit. */
export const syncNameBytes = 4_000;
/** Events of one room held until what is before them has come. More than that is synced instead. */
export const waitingEvents = 1_000;
/** For an answer of the store. The first paint waits for it, and connecting. */
export const storeMs = 3_000;
/** Messages of one room on their way. More than anybody types while away. */
export const outboxMessages = 1_000;
/** Users of one room of whom the newest presence is kept. `who` counts as many connections. */
export const presenceUsers = 1_000;
/** Messages that a room opens with, and pages back by: more than fits on a screen. */
export const pageMessages = 50;
/** Sent messages in a room's snapshot. Each event copies their list. */
export const roomMessages = 500;
/** Messages that a window on a room holds: those of the room, and as many again behind them. */
export const windowMessages = 2 * roomMessages;
/** My typing is told so often: the service passes on no more. */
export const typingEveryMs = 3_000;
/** How long somebody is shown as typing, as docs/protocol.md says. */
export const typingShownMs = 10_000;
/** For the tab that leads, to say so. Longer than a page is busy; it only costs a reconnect. */
export const leaderMs = 3_000;
/** How often a tab that shares a connection asks whether another one still leads. */
export const leaderEveryMs = 20_000;
/** A tab that leaves after so long without an answer does so for want of it: below `probeMs`. */
export const silentMs = 2_000;
/** Rooms of which hints are told: the service's limit. */
export const focusRooms = 4;
