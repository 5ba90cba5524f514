/**
 * The region of a gateway, which only an API's own management endpoint names: an emulator's or a
 * custom domain's does not. A file of its own, since functions that post hold no schemas.
 */
export function regionOf(endpoint: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(endpoint)?.[1];
}
