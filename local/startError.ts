/**
 * A reason not to start that the user can act on. It is printed as one line, without a stack. Any
 * other error at the start is a defect and keeps its stack.
 */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** `operation` names what the user wanted to do. */
export function startError(reason: string, operation = "start"): StartError {
  return new StartError(`unable to ${operation}; ${reason}`);
}

/** With this exit code the emulator tells `npm start` that it has printed the reason. */
export const refusalExitCode = 78;
