/**
 * What other services charge, in US$ a month, by monthly users. Figures are taken over as their
 * sources give them; ranges and bounds are theirs, too.
 */

interface OtherService {
  name: string;
  /** What it charges for so many monthly users, in the order of `monthlyUsers`. */
  usd: readonly [string, string, string];
  includes: string;
  source: string;
  /** Somebody else's transcription of the service's price list. */
  isSecondHand: boolean;
}

export const monthlyUsers = [1_000, 10_000, 100_000] as const;

/** Of the users of a month, how many come on an average day. */
export const dailyShare = 0.4;

export const others: readonly OtherService[] = [
  {
    name: "Ably, by monthly users",
    usd: ["79", "529", "≤ 5,400"],
    includes: "20,000 messages and 2,000 connection minutes a user",
    source: "github.com/ably/docs at c20d2c4, 3 August 2026",
    isSecondHand: false,
  },
  {
    name: "Ably, metered",
    usd: ["≈ 55", "≈ 300", "≈ 3,000"],
    includes: "nothing; estimated for these habits, without presence and read positions",
    source: "github.com/ably/docs at c20d2c4, 3 August 2026",
    isSecondHand: false,
  },
  {
    name: "Stream, Start",
    usd: ["0 up to 100 connections", "399–499", "≈ 5,300–6,300"],
    includes: "fair use; $5 a million stored messages, $7 a million calls",
    source: "github.com/api-evangelist/stream-io, 8 May 2026",
    isSecondHand: true,
  },
  {
    name: "Sendbird",
    usd: ["trial", "5,000 users: 349–599", "on request"],
    includes: "connections at the peak up to 5 % of the monthly users",
    source: "github.com/api-evangelist/sendbird, 5 May 2026",
    isSecondHand: true,
  },
  {
    name: "PubNub",
    usd: ["98", "550", "on request (25,000 users: 1,130)"],
    includes: "not stated",
    source: "github.com/api-evangelist/pubnub, 8 May 2026",
    isSecondHand: true,
  },
  {
    name: "Pusher Channels",
    usd: ["49", "299", "899"],
    includes: "transport only; the plan is chosen by messages a day",
    source: "github.com/api-evangelist/pusher, 8 May 2026",
    isSecondHand: true,
  },
  {
    name: "Azure Web PubSub",
    usd: ["≈ 49", "≈ 180", "≈ 1,800"],
    includes: "transport; storage is extra, its chat SDK is a preview",
    source: "c3x.dev, undated",
    isSecondHand: true,
  },
];
