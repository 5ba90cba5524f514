/**
 * What `TRACING` adds: Lambda traces each function with X-Ray, for which the function's role needs
 * two rights. The SDK tells `deliver` the trace of the `fanOut` that invokes it.
 */
import type { CompiledTemplate } from "./compiledTemplate.ts";

type Resources = CompiledTemplate["Resources"];

/** X-Ray has no resources that a role could name. */
const mayTrace = {
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  Resource: "*",
};

/** Changes them. `generated` has the functions, and `own` their roles. */
export function traceFunctions(generated: Resources, own: Resources): void {
  for (const { Type, Properties } of Object.values(generated)) {
    if (Type === "AWS::Lambda::Function") Properties["TracingConfig"] = { Mode: "Active" };
  }
  for (const { Type, Properties } of Object.values(own)) {
    if (Type !== "AWS::IAM::Role") continue;
    const [policy] = Properties["Policies"] as [{ PolicyDocument: { Statement: unknown[] } }];
    policy.PolicyDocument.Statement.push(mayTrace);
  }
}
