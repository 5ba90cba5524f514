/**
 * What API Gateway and Lambda allow (AWS: developer guides, "quotas"), unless a test or a person
 * says otherwise. Rates are off by default: one machine is no account, and a limit that nobody
 * asked for would only slow it down.
 */
export interface GatewayLimits {
  /** One WebSocket frame, in and message, in or posted. Beyond either the connection ends: 1009. */
  frameBytes: number;
  messageBytes: number;
  /** Without a message either way; pings do not count (assumed). */
  idleTimeoutMs: number;
  /** Whatever happens on it. */
  connectionMs: number;
  /** Handshakes, frames, posts and HTTP requests together, per second; and how many at once. */
  requestsPerSecond: number;
  requestsBurst: number;
  connectsPerSecond: number;
  /** What may wait to be read by one client before posts to it are refused. AWS does not say. */
  clientBufferBytes: number;
  /** The body of an HTTP request. */
  httpBytes: number;
  /** The payload of an invocation that is waited for, and its answer; and of one that is not. */
  payloadBytes: number;
  asyncPayloadBytes: number;
  /** Before each retry of an asynchronous invocation that failed. */
  asyncRetryDelaysMs: number[];
  /**
   * Processes of all functions together, as an account has a concurrency. There may be as many
   * again of functions that other functions wait for.
   */
  processes: number;
  /** A process that was used no longer ago keeps its place: to start it anew takes longer. */
  processRestMs: number;
  /** Invocations that wait for a process. AWS lets none wait. */
  waiting: number;
}

export const awsLimits: GatewayLimits = {
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  idleTimeoutMs: 10 * 60_000,
  connectionMs: 2 * 3_600_000,
  requestsPerSecond: Number.POSITIVE_INFINITY,
  requestsBurst: Number.POSITIVE_INFINITY,
  connectsPerSecond: Number.POSITIVE_INFINITY,
  clientBufferBytes: 1024 * 1024,
  httpBytes: 10 * 1024 * 1024,
  payloadBytes: 6 * 1024 * 1024,
  // 256 KB until October 2025.
  asyncPayloadBytes: 1024 * 1024,
  asyncRetryDelaysMs: [60_000, 120_000],
  // 40 to 60 MB each. On AWS there are a thousand.
  processes: 12,
  processRestMs: 1_000,
  waiting: 1000,
};

/** The time that limits are measured by. Tests bring a clock that moves when they say so. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Call once, after so many milliseconds. Returns how to cancel the call. */
  after(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  // Never goes back when the machine sets its clock.
  nowMs: () => performance.timeOrigin + performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** A bucket of tokens: `burst` at once, refilled at a rate. Answers whether there was one. */
export function throttle(
  perSecond: number,
  burst: number,
  { nowMs: now }: Pick<Clock, "nowMs"> = systemClock,
): () => boolean {
  let tokens = burst;
  let atMs = now();
  return () => {
    const nowMs = now();
    if (perSecond === Number.POSITIVE_INFINITY) return true;
    tokens = Math.min(burst, tokens + ((nowMs - atMs) / 1000) * perSecond);
    atMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
