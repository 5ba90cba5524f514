/**
 * The limits of API Gateway and Lambda (AWS: developer guides, "quotas"), unless a test or a user
 * sets others. Rates are off by default, because they belong to an account and would only slow down
 * one machine.
 */
export interface GatewayLimits {
  /**
   * The size of one WebSocket frame from a client, and of a message in either direction. A larger
   * one ends the connection: 1009.
   */
  frameBytes: number;
  messageBytes: number;
  /** The time without a message in either direction. Pings do not count (assumed). */
  idleTimeoutMs: number;
  /** The age at which every connection ends. */
  connectionMs: number;
  /** Handshakes, frames, posts and HTTP requests together, per second and at once. */
  requestsPerSecond: number;
  requestsBurst: number;
  connectsPerSecond: number;
  /**
   * The bytes that may wait for one client before posts to it are refused. AWS does not document
   * it.
   */
  clientBufferBytes: number;
  /** The body of an HTTP request. */
  httpBytes: number;
  /** The payload and answer of a synchronous invocation; the payload of an asynchronous one. */
  payloadBytes: number;
  asyncPayloadBytes: number;
  /** The time before each retry of a failed asynchronous invocation. */
  asyncRetryDelaysMs: number[];
  /**
   * The processes of all functions together, as an account limits concurrency. Invocations by
   * functions may have as many again.
   */
  processes: number;
  /** A process that was used within this time is not replaced: starting it again takes longer. */
  processRestMs: number;
  /** The invocations that may wait for a process. AWS has no such queue. */
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

/** The time that limits are measured by. Tests bring a clock of their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls once, after this time. Returns a function that cancels the call. */
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

/** A bucket of tokens: `burst` at once, refilled at a rate. Returns whether it had one. */
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
