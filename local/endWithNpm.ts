/** npm passes signals on, but kill -9 ends it alone, and we would stay behind with the ports. */
const parentCheckIntervalMs = 1000;

export function endWithNpm(end: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    end();
  }, parentCheckIntervalMs);
  check.unref();
}
