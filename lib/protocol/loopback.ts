/** Whether a URL is one of this machine, which no other machine can be reached by. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
