/**
 * Ends a run with the name of each test that failed and one plain line, `N passed, N failed,
 * N skipped`, so that programs and the last lines of a log can tell. A file that could not be run,
 * and an error outside of any test, count as failures: a run that is not green must not end with
 * "0 failed".
 */
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const failures = unhandledErrors.map(({ message }) => `outside of any test: ${message}`);
    for (const testModule of modules) {
      const { project, children, relativeModuleId: file } = testModule;
      const fail = (what: string) => failures.push(`${project.name} ${file}: ${what}`);
      for (const error of testModule.errors()) fail(error.message);
      for (const suite of children.allSuites()) {
        for (const error of suite.errors()) fail(`${suite.fullName}: ${error.message}`);
      }
      for (const test of children.allTests()) {
        const { state } = test.result();
        count[state] += 1;
        // A test is still pending at the end when the run was broken off.
        if (state === "failed" || state === "pending") fail(test.fullName);
      }
    }
    process.once("exit", (code) => {
      // Such as by an error when what tests share was put away.
      if (code !== 0 && failures.length === 0)
        failures.push(`outside of any test: exit code ${code}`);
      for (const failure of failures) console.log(`FAILED ${failure.split("\n", 1)[0]}`);
      console.log(`${count.passed} passed, ${failures.length} failed, ${count.skipped} skipped`);
    });
  }
}
