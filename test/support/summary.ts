/**
 * Ends a run with each test that failed, with the first lines of its error, and one plain line,
 * `N passed, N failed, N skipped`, so that programs and the last lines of a log can tell. A file
 * that could not be run, and an error outside of any test, count as failures: a run that is not
 * green must not end with "0 failed".
 */
import { stripVTControlCharacters } from "node:util";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Enough for what a program said, or what was expected and what came. */
const errorLines = 24;
const lineLength = 160;

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const failures: { what: string; errors: readonly SerializedError[] }[] = [];
    const fail = (what: string, errors: readonly SerializedError[] = []) =>
      failures.push({ what, errors });
    for (const error of unhandledErrors) fail("outside of any test", [error]);
    for (const testModule of modules) {
      const { project, children, relativeModuleId } = testModule;
      const file = `${project.name} ${relativeModuleId}`;
      for (const error of testModule.errors()) fail(file, [error]);
      for (const suite of children.allSuites()) {
        for (const error of suite.errors()) fail(`${file}: ${suite.fullName}`, [error]);
      }
      for (const test of children.allTests()) {
        const { state, errors } = test.result();
        count[state] += 1;
        // A test is still pending at the end when the run was broken off.
        if (state === "failed" || state === "pending") fail(`${file}: ${test.fullName}`, errors);
      }
    }
    process.once("exit", (code) => {
      // Such as by an error when what tests share was put away.
      if (code !== 0 && failures.length === 0) fail(`outside of any test: exit code ${code}`);
      for (const { what, errors } of failures)
        console.log([`FAILED ${what}`, ...errors.flatMap(linesOf)].join("\n"));
      console.log(`${count.passed} passed, ${failures.length} failed, ${count.skipped} skipped`);
    });
  }
}

function linesOf({ message, diff }: SerializedError): string[] {
  return stripVTControlCharacters([message, diff ?? ""].join("\n"))
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, errorLines)
    .map((line) => `  ${line.slice(0, lineLength)}`);
}
