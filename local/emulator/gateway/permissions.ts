/**
 * What a function's role, as serverless.yml has it, allows: read by name, since intrinsics are not
 * resolved. A function without a role of its own has osls's default one.
 */
const managementMethods = ["POST", "GET", "DELETE"];

/** What packaging puts in place of these: methods at this API and those it is told. */
const gatewaysVariables: Record<string, string[]> = {
  [`\${gateways:resources}`]: ["POST", "DELETE"],
  [`\${gateways:posts}`]: ["POST"],
};

/** At `@connections`. The default role may do everything there. */
export function mayManage(role: unknown): ReadonlySet<string> {
  if (role === undefined) return new Set(managementMethods);
  const resources = resourcesOf(role, "execute-api:ManageConnections");
  return new Set(
    managementMethods.filter((method) =>
      resources.some(
        (resource) =>
          resource === "*" ||
          resource.includes(`/${method}/@conn`) ||
          gatewaysVariables[resource]?.includes(method),
      ),
    ),
  );
}

/** Named by `!GetAtt DeliverLambdaFunction.Arn`, or by an ARN that ends in its name. */
export function mayInvoke(role: unknown, functionName: string): boolean {
  const logicalId = `${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}LambdaFunction`;
  return resourcesOf(role, "lambda:InvokeFunction").some(
    (resource) =>
      resource === "*" ||
      resource === `${logicalId}.Arn` ||
      (resource.includes(":function:") && resource.endsWith(`-${functionName}`)),
  );
}

function resourcesOf(role: unknown, action: string): string[] {
  const policies: unknown[] = Object(role).Properties?.Policies ?? [];
  const statements = policies.flatMap((policy) => Object(policy).PolicyDocument?.Statement ?? []);
  const all = `${action.split(":")[0]}:*`;
  return statements
    .filter(
      ({ Effect, Action }) =>
        Effect === "Allow" &&
        [Action].flat().some((each) => [action, all, "*"].includes(String(each))),
    )
    .flatMap(({ Resource }) => [Resource].flat().map(String));
}
