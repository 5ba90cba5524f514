/** In place of what the SDK tells AWS about itself, which it composes anew for each request. */
interface Arguments {
  request: { headers: Record<string, string> };
}
type Next = (args: Arguments) => unknown;
interface Stack {
  add(middleware: unknown, options: object): void;
}

const userAgent = "aws-sdk-js/3";

export const userAgentMiddleware = () => (next: Next) => (args: Arguments) => {
  args.request.headers["user-agent"] = userAgent;
  return next(args);
};

export const getUserAgentMiddlewareOptions = {
  name: "getUserAgentMiddleware",
  step: "build",
  priority: "low",
};

export const getUserAgentPlugin = () => ({
  applyToStack(stack: Stack) {
    stack.add(userAgentMiddleware(), getUserAgentMiddlewareOptions);
  },
});
