/**
 * Whether a stranger's first message waits to be accepted, as `MESSAGE_REQUESTS` says. The check of
 * a deployment reads it with this; in the functions, what is not `on` is `off`.
 */

/** @throws TypeError that names the variable */
export function parseMessageRequests(setting = "off"): boolean {
  if (setting === "on" || setting === "off") return setting === "on";
  throw new TypeError("MESSAGE_REQUESTS must be on or off");
}
