/**
 * Ends a run with one plain line, `N passed, N failed, N skipped`, for whoever reads logs with a
 * program. A file that could not be run, and an error outside of any test, count as failures: a run
 * that is not green must not end with "0 failed".
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const testModule of modules) {
      count.failed += testModule.errors().length;
      for (const suite of testModule.children.allSuites()) count.failed += suite.errors().length;
      for (const test of testModule.children.allTests()) count[test.result().state] += 1;
    }
    // A test is still pending at the end when the run was broken off.
    const failures = count.failed + count.pending;
    process.once("exit", (code) => {
      // Such as by an error when what tests share was put away.
      const failed = code === 0 ? failures : Math.max(failures, 1);
      console.log(`${count.passed} passed, ${failed} failed, ${count.skipped} skipped`);
    });
  }
}
