/**
 * A reason not to start that the person at the keyboard can act on. It is printed as one line, with
 * no stack; anything else that is thrown while starting is a defect and keeps its stack.
 */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** `operation` is what was tried, for the line that is printed. */
export function startError(reason: string, operation = "start"): StartError {
  return new StartError(`unable to ${operation}; ${reason}`);
}

/** How the emulator's process tells `npm start` that the reason has been printed. */
export const refusalExitCode = 78;
