/** The functions, as serverless.yml names them. What each may do, its role alone says. */
export const functionNames = [
  "authorize",
  "connect",
  "disconnect",
  "send",
  "default",
  "http",
  "fanOut",
  "announce",
  "deliver",
];
/** Those that a gateway waits for. */
export const apiFunctionNames = functionNames.filter(
  (name) => !/^(fanOut|announce|deliver)$/.test(name),
);
/** Those that post to connections. */
export const postingFunctions = ["disconnect", "send", "default", "http", "announce", "deliver"];

/** The prefix of everything that is generated for a function: `SendRole`, `SendLogGroup`. */
export function logicalName(functionName: string): string {
  return functionName.charAt(0).toUpperCase() + functionName.slice(1);
}
