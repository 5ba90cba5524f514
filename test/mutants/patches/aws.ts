/** Mistakes in how AWS is asked: signatures, sockets, and answers. */
import type { Patch } from "../patch.ts";

const requestHandler = "lib/adapters/aws/requestHandler.ts";
const signature = "lib/adapters/aws/signature.ts";
const keptConnections = "lib/adapters/aws/keptConnections.ts";
const jsonProtocol = "lib/adapters/aws/jsonProtocol.ts";

const requestTests = ["test/contract/tableRequests.test.ts"];
const signatureTests = ["test/unit/signature.test.ts"];
const posterTests = ["test/contract/poster.test.ts"];

export const awsPatches: readonly Patch[] = [
  {
    what: "half of an answer from a table is taken for all of it",
    file: requestHandler,
    before: "if (response?.complete && error === undefined) return response;",
    after: "if (response !== undefined) return response;",
    tests: requestTests,
  },
  {
    what: "a signing key outlives its credentials",
    file: signature,
    before: "      made.identity.accessKeyId === identity.accessKeyId &&\n",
    after: "",
    tests: signatureTests,
  },
  {
    what: "a signing key outlives its day",
    file: signature,
    before: "      made?.day === day &&\n",
    after: "      made !== undefined &&\n",
    tests: signatureTests,
  },
  {
    what: "headers of AWS's own are sent to the tables unsigned",
    file: "lib/adapters/aws/requestSigner.ts",
    before: "/^(host|content-type|x-amz-.*)$/",
    after: "/^(host|content-type|x-amz-(date|security-token))$/",
    tests: requestTests,
  },
  {
    what: "sockets that rested in a frozen function are used again",
    file: keptConnections,
    before: "if (nowMs - usedAtMs > restMsMax) {",
    after: "if (nowMs < usedAtMs) {",
    tests: posterTests,
  },
  {
    what: "a condition that is not met does not say which item is there",
    file: jsonProtocol,
    before: ", ...(Item && { Item })",
    after: "",
    tests: requestTests,
  },
  {
    what: "an error of the tables keeps its namespace in its name",
    file: jsonProtocol,
    before: '?.replace(/^.*#/, "")',
    after: "",
    tests: requestTests,
  },
  {
    what: "requests that come together all begin at once",
    file: "lib/adapters/aws/inTurn.ts",
    before: "  if (isTaken) return new Promise((begin) => waiting.push(begin));\n",
    after: "",
    tests: ["test/unit/inTurn.test.ts"],
  },
];
