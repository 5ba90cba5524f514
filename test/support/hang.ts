/**
 * Bounds a hang, and nothing else: only a failing test waits for it. It is a little less than the
 * runner gives a test: the code that waits can still report what is missing. A machine that runs
 * several suites at once is some twenty times slower than an idle one.
 */
export const hangMs = 240_000;
