/**
 * The limits that a client, a server or an operator can meet, each with its reason. A limit that
 * AWS sets is marked (AWS). A constant that only tunes one file stands in that file. Relations
 * between limits are asserted in test/unit/limits.test.ts, so that changing one cannot silently
 * break another.
 */
export const limits = {
  /**
   * One frame, either way (AWS: 32 KB a WebSocket frame, and the unit that is metered). Bytes of
   * UTF-8.
   */
  frameBytes: 32 * 1024,
  /**
   * The largest message that a gateway hands us (AWS: 128 KB). Above `frameBytes` it is only read
   * for its `id`.
   */
  messageBytes: 128 * 1024,
  /**
   * A message's text, in Unicode code points after trimming. At six bytes each when escaped, still
   * one frame.
   */
  textCharacters: 4_000,
  /** A user: the longest `sub` that OpenID Connect allows, and ASCII like that one. */
  userCharacters: 255,
  /**
   * A user as it is written in a direct room's name. Two of them, and what stands around them in
   * the key of a membership, are a sort key of at most 1,024 bytes (AWS).
   */
  escapedUserCharacters: 500,
  /** A display name, in Unicode code points; a longer one in a token is cut. */
  displayNameCharacters: 64,
  /**
   * Accents on one letter of a display name. Hebrew with points and accents takes five, stacks of
   * Burmese and Tibetan six; more of them only climb over their neighbours' lines.
   */
  marksInARow: 6,
  /**
   * A signed token. Cognito's and Auth0's are 1–2 KB; verifying a huge one is work that a stranger
   * can cause.
   */
  tokenCharacters: 8 * 1024,
  /**
   * From a token's `iat` (or from now) to its `exp`. A token cannot be taken back, so a stolen one
   * is good for as long. Thirty days is the longest that Auth0 gives; others give a day.
   */
  tokenLifetimeSeconds: 30 * 24 * 60 * 60,
  /** How far an issuer's clock may be ahead of ours. */
  clockLeewaySeconds: 60,
  /** How long an issuer's keys are used without asking for them again. */
  keysFreshMs: 10 * 60_000,
  /** How long they are used while they cannot be had again: a withdrawn key lives so long too. */
  keysKeptMs: 60 * 60_000,
  /** How long a failure to get them is the answer, so that not every token waits for another. */
  keysFailedMs: 10_000,
  /** Times in a minute that tokens with unknown keys, which anybody can make, may ask for keys. */
  keyRefetchesPerMinute: 3,
  /** Keys tried for a token that does not say which it is signed with. */
  keyCandidates: 8,
  /** One request to an issuer. There may be two, within the authorizer's 15 s. */
  issuerRequestMs: 5_000,
  /** A secret that signs tokens: HS256 wants a key as long as its hash (RFC 7518, 3.2). */
  secretCharactersMin: 32,
  /**
   * Different characters in such a secret: 32 blanks have one, "password" four times has seven. 32
   * random hexadecimal digits have fewer than eight once in 28 million times.
   */
  secretVarietyMin: 8,

  /** How deep a notice's data may be nested: enough for any document, and far from any stack. */
  noticeDepth: 64,
  /** A message's `data`, in bytes as JSON: a card with its fields, and no file. */
  dataBytes: 4 * 1024,
  /** How deep a message's `data` may be nested; the same as a notice's. */
  dataDepth: 64,
  /** Names that a message mentions, in bytes as JSON: a hundred and more of ordinary ones. */
  mentionBytes: 2 * 1024,
  /** Members of a room up to which all of them can be mentioned at once: a write for each. */
  everyoneMembers: 250,
  /** Mentions on one page of `mentions`. */
  mentionsPage: 50,
  /** Unread mentions that a page of `welcome` counts; beyond it counts are lower bounds. */
  mentionsCounted: 200,
  /** Notes of mentions read for one request, those included that are over and removed by it. */
  mentionsRead: 1_000,
  /** How long a mention that nobody reads is kept: a quarter of a year. */
  mentionSeconds: 90 * 24 * 60 * 60,
  /**
   * What a message carries in all, in bytes as JSON. The longest text takes as much if every
   * character of it is escaped; of others, all that a message can have fits beside it.
   */
  carriedBytes: 24_002,

  /** Events on one page of `history`. */
  historyLimit: 100,
  /** Events on a page of `history` when the client does not say. */
  historyLimitDefault: 50,
  /** Events in one `events` request: the quotes and pins of a page. */
  eventsAsked: 50,
  /**
   * Emoji on one message: three lines of them on a phone. So many may one user put there, too.
   */
  reactionEmoji: 20,
  /** Users named beside an emoji: what a tooltip shows. `reactors` names all. */
  reactionUsers: 20,
  /**
   * Users whose reactions a message counts, exactly: 150 KB read at most for each reaction. Beyond
   * it counts are lower bounds.
   */
  reactorsCounted: 1_000,
  /**
   * Reactions on a message from which on a request leaves counting to the stream, which counts once
   * for many. Each count raises the message's version and tells everybody who hears the room.
   */
  reactionsCountedAtOnce: 50,
  /** Users on a page of `reactors`: with twenty emoji of each, a frame may hold fewer. */
  reactorsPage: 50,
  /**
   * Reactions on a message, in bytes as JSON: twenty names of eight letters beside thirteen emoji.
   * Longer names are fewer, because all pages hold them; and a message with a line of text and all
   * its reactions still takes 4 KB, so that each who reacts reads it for one unit.
   */
  reactionsBytes: 3_500,
  /**
   * A message with all that it carries and that hangs on it, in bytes as JSON. Where a long text
   * takes most of it, fewer users are named beside its reactions, or none.
   */
  eventBytes: 27_000,
  /**
   * Replies that a thread counts, the newest ones: 25 read units at most. Beyond it the count is a
   * lower bound.
   */
  repliesCounted: 1_000,
  /** Edits of a message whose `cid` is kept: a late retry of one overwrites no later one. */
  editsKept: 8,
  /**
   * Events behind which it is looked for whether a change was announced. In a room with more
   * within a second, one is announced twice, which is harmless.
   */
  announcedEvents: 50,
  /** Events of one room in a reply to `sync`; the client asks again for the rest. */
  syncEvents: 100,
  /** Rooms in one `sync` frame: it bounds the reads and writes that one frame can cause. */
  syncRooms: 50,
  /**
   * Bytes of the names in one `sync` frame, as a list in JSON: what the largest event leaves of the
   * reply, joined to the entry that says that it changed. So the first room gets that entry however
   * large it is, and all others are named.
   */
  syncNameBytes: 4_000,
  /** Rooms in one `welcome`, so that a hello costs at most this many reads of a room's head. */
  welcomeRooms: 100,
  /** Invitations in one `welcome`, on its first page. A user with more answers these first. */
  welcomeInvitations: 20,
  /** Users named in one `who`. */
  whoUsers: 100,
  /**
   * Subscriptions read to count who is online: about 75 KB, twenty read units. Beyond it counts are
   * lower bounds.
   */
  whoSubscriptions: 1_000,
  /**
   * Topics of one connection, and `focusRooms` more that it looks at. Its item is rewritten at each
   * subscription, so it must stay a few KB (write units).
   */
  topicsPerConnection: 200,

  /** Rooms that one connection looks at: side by side on a large screen, nobody reads more. */
  focusRooms: 4,
  /**
   * Connections that look at a room up to which presence, typing and others' read positions are
   * sent. They cost n² frames: what a room of 60 cost was most of what presence cost at all.
   */
  lookingConnections: 10,
  /**
   * Members of a room up to which `focused` and `readers` say how far each has read: a read unit
   * each.
   */
  readersShown: 50,

  /** One user's `typing` in one room is passed on so often: up to 10 frames each time. */
  typingEveryMs: 3_000,

  /** A room's title, in Unicode code points: a line of a list of rooms. */
  titleCharacters: 100,
  /** What a room is about, in Unicode code points: a paragraph. */
  topicCharacters: 500,
  /** Why somebody was put out, in Unicode code points: a sentence or two. */
  reasonCharacters: 200,
  /** Owners of one room: they are read with every message. */
  owners: 10,
  /** Messages pinned in one room: half a kilobyte of the room's item, which every `send` reads. */
  pins: 50,
  /** Users invited by the request that makes a room: each costs two writes and a push. */
  createInvites: 20,
  /** Users on a page of `members`, `bans` and `blocks`: an item read for each. */
  membersPage: 100,
  /**
   * A copy of a reported message: long enough for moderators who are away, and the one thing that
   * keeps what its author has deleted.
   */
  reportKeptSeconds: 30 * 24 * 60 * 60,
  /** Reports on a page: copies of messages of 16 KB at most, of which a frame holds a few. */
  reportsPage: 20,
  /** Rooms on a page of `directory`: an item read for each, and a title and a topic shown. */
  directoryPage: 50,
  /** Between two messages of a member, at most: longer than this, a room is better closed. */
  slowModeMs: 6 * 60 * 60_000,
  /**
   * For how long a room's messages are kept, at most: ten years; who wants more keeps them for
   * good. And at least: a deleted event leaves its position free, and no request may still be about
   * to put something there. Functions end within minutes, and a day is far beyond that.
   */
  retentionMs: 3_650 * 24 * 60 * 60_000,
  retentionMsLeast: 24 * 60 * 60_000,
  /** For how long a user can be muted: a year. Beyond that, ban them. */
  muteMs: 365 * 24 * 60 * 60_000,
  /** Times that a change is decided again because another one came first. */
  changeAttempts: 10,

  /** Events read before every append: for the next position, duplicates and the rate limit. */
  tailEvents: 10,
  /**
   * How far behind the head `after` may be on a `send`: the search for a duplicate reads this much
   * at most.
   */
  sendAfterEvents: 200,
  /** Positions tried in one `send` before the sender has to wait: nobody can read such a room. */
  appendAttempts: 30,
  /**
   * Of a room's last `tailEvents` events, how many one user may have sent within `senderWindowMs`.
   */
  senderEvents: 8,
  senderWindowMs: 4_000,
  /** Messages to a stranger who has not accepted yet: one says who writes, and what for. */
  requestMessages: 1,

  /**
   * What one user may spend in one window, on all connections and over HTTP, in the units of
   * `lib/actions/budget.ts`. Enough for twenty connections that come back at once, each
   * with 60 rooms; for 33 messages a second, or 44 pings. It is half a dollar an hour.
   */
  budgetUnits: 4_000,
  /** Long enough for such a burst, and short enough for somebody who has to wait for its end. */
  budgetWindowMs: 30_000,
  /**
   * What a function instance lets a user spend in a window before it counts that in the table. A
   * person at their busiest spends about 150 units in a window, so nothing is counted for most.
   */
  budgetShareUnits: 200,

  /**
   * What one user may do in an hour of what disturbs others, or fills tables and lists, on all
   * connections and over HTTP. People do a tenth of it; nothing is counted in the table for them.
   */
  perHour: {
    /** Rooms made. A room stays for good: an item, and a name that nobody else can have. */
    rooms: 30,
    /** Rooms joined for the first time, or again. Somebody new who looks around joins sixty. */
    joins: 120,
    /** Direct rooms begun with users who never wrote there: what spam is made of. */
    strangers: 40,
    /** Invitations. A user has twenty of them at most before they stop seeing new ones. */
    invitations: 100,
    /** Messages reported. Each is a copy of a message, and work for a moderator. */
    reports: 30,
  },

  /**
   * Connections of one user. Everything that is told to a user goes to each of them, so this bounds
   * what one small frame makes the service post. Nobody has twenty devices; scripts may.
   */
  connectionsPerUser: 20,
  /**
   * Two hours: the longest that a gateway keeps a connection (AWS), and ten minutes for clocks and
   * slow starts.
   */
  connectionSeconds: 2 * 60 * 60 + 10 * 60,
  /**
   * A connection younger than this may answer 410 although it lives, because its handshake is not
   * over yet.
   */
  handshakeMs: 30_000,

  /**
   * Subscribed connections up to which the sender's own function delivers to a room: a tenth of a
   * second's posting. Beyond it the stream's functions do, which costs a fifth of a second more.
   */
  directConnections: 250,
  /**
   * Connections in one shard of a topic beyond which the topic is split: half a second's posting,
   * and a page of a query.
   */
  shardConnections: 1_000,
  /** Shards of one topic, a power of two: four million connections in one room. */
  shardsMax: 4_096,
  /** Shards that are read together where all of a small audience is wanted. */
  shardsReadAtOnce: 4,
  /** One subscription in so many looks whether its shard is full: a read unit each, on average. */
  splitCheckOneIn: 64,

  /**
   * Gateways that a client can say at once to have failed it: 2 KB of a URL. When more than so many
   * are down it may be sent round among them.
   */
  failedGateways: 32,
  /** Gateways in one list: some hundred bytes each, so all of them are a page of a query. */
  gatewaysMax: 500,
  /**
   * Gateways that the roles of one deployment name: 170 characters each, of the 10,240 that all of
   * a role's policies may have (AWS), and more than AWS has regions.
   */
  gatewaysDeployed: 40,
  /** Gateways reported as not listed: a table full of invented ones fills no log or memory. */
  strangeGatewaysReported: 100,
  /** How long a function instance keeps the list of gateways: a line of it works after this. */
  gatewaysKeptMs: 5_000,
  /** New connections to one account and region (AWS). */
  connectsPerSecond: 500,
  /** How long a count of a gateway's connections is kept, at least and at most. */
  countKeptMsMin: 1_000,
  countKeptMsMax: 60_000,
  /**
   * How much more than its capacity a large gateway may come to hold before that is noticed. What
   * counting costs is in inverse proportion to this.
   */
  overfullShare: 0.05,
  /** When to ask again for a gateway while all are full: by then some of their users have left. */
  gatewaysFullMs: 10_000,
  /**
   * Partitions that a gateway's connections are listed in. Each takes 1,000 writes/s (AWS), and a
   * gateway has 500 coming and 500 going, each a write.
   */
  gatewayParts: 8,
  /** Connections told in a second to leave a gateway: half of what others may take (AWS). */
  drainedPerSecond: 250,
  /** How often a gateway that is drained is looked through again for who came back to it. */
  drainRounds: 20,

  /**
   * Posts in flight in one publish: enough to hide the round trip, and few enough for a small
   * Lambda's memory.
   */
  postsInFlight: 256,
  /** Of these, on one gateway: however slow it is, most are left to the others. */
  postsPerGateway: 64,
  /** Posts to one gateway in a row that were not answered before a publish gives the gateway up. */
  unansweredPosts: 20,
  /**
   * Recipients that were read and wait for their post: 5 MB at most, and any shard but a huge one
   * whole, so that a slow gateway's do not keep those of others from being read.
   */
  recipientsWaiting: 20_000,
  /**
   * Recipients that wait for another try and hold no place among the posts in flight meanwhile:
   * slow clients in a large room, 1 MB of them.
   */
  restingRecipients: 1_000,
  /** Connections forgotten together (AWS: a batch reads 100 items and writes 25). */
  goneInBatch: 100,
  /** Connections found gone that wait to be forgotten; the next delivery finds the rest. */
  goneWaiting: 1_000,
  /** Subscriptions removed after one delivery: 40 batches of writes; one connection has fewer. */
  subscriptionsForgotten: 1_000,
  /** Invocations of `deliver` at once by one fan-out: a twentieth of an account's limit (AWS). */
  shardsInFlight: 50,
  /** All of one delivery to a shard; what is left then is another invocation's work. */
  deliverMs: 20_000,
  /** How long before its own end a fan-out begins nothing more: longer than a worker can hang. */
  fanOutMarginMs: 35_000,
  /**
   * One post, from request to answer. A client's gateway that takes longer is skipped; `sync`
   * covers it.
   */
  postTimeoutMs: 2_000,
  /**
   * All of one publish after a frame from a socket: a function must end before the gateway's 29 s
   * (AWS).
   */
  publishMs: 20_000,
  /** All of one publish that a reply waits for: one silent gateway must not hold up its sender. */
  awaitedPublishMs: 1_000,
  /**
   * One DynamoDB request: a hundred times its usual latency. Tried so often, it is given up before
   * the shortest function's time is (`connect`: ten seconds).
   */
  tableRequestMs: 3_000,
  tableRequestAttempts: 3,
  /**
   * Pauses before DynamoDB is asked again for what it left of a batch: the first, and the last,
   * each twice the one before. Some three seconds in all: a table that is further behind is an
   * outage.
   */
  batchPauseMs: 100,
  batchPauseMsMax: 1_600,
} as const;

/** What is limited by user and hour. */
export type Deed = keyof typeof limits.perHour;
