/**
 * Bounds a hang, and nothing else: only a failing test waits for it. A little less than the runner
 * gives a test, so that whoever waits can say what did not come. A machine that runs several suites
 * at once is some twenty times slower than an idle one.
 */
export const hangMs = 240_000;
