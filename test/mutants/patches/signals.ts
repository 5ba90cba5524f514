/** Mistakes in what the service says of its own health. */
import type { Patch } from "../patch.ts";

const boundary = "handlers/boundary.ts";
const linesTests = ["test/signals/lines.test.ts"];
const rehearsal = ["test/signals/rehearsal.test.ts"];

export const signalPatches: readonly Patch[] = [
  {
    what: "a failure is logged and counted as no metric",
    file: "lib/adapters/console/measured.ts",
    before: "tell(what, details);\n    measure(what, 1);",
    after: "tell(what, details);",
    tests: rehearsal,
  },
  {
    what: "a request that failed is logged with what its client wrote",
    file: boundary,
    before: 'here.report("request failed", { requestId, error });',
    after: 'here.report("request failed", { requestId, error, body: event.body });',
    tests: ["test/signals/secrets.test.ts"],
  },
  {
    what: "a message that is sent again is counted again",
    file: "lib/actions/messages/send.ts",
    before: 'else ports.measure("accepted", 1);',
    after: 'ports.measure("accepted", 1);',
    tests: linesTests,
  },
  {
    what: "what a late delivery to a large room waited for is not measured",
    file: "lib/actions/messages/fanOut.ts",
    before: 'measureAges("fanOutLagMs");',
    after: "",
    tests: rehearsal,
  },
];
