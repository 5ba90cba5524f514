/**
 * "Duplicate tab" copies a tab's storage, refresh token included. If two tabs use one refresh
 * token, a provider takes it for stolen and signs both out. So each tab holds a lock of its name
 * while it lives. A copy does not get the lock, and only the first tab uses the refresh token.
 */
const tabKey = "parley-tab";
/** Within this time the page from before a reload is gone. Only a renewal waits for it. */
const goneMs = 5_000;

export function isThisTabsOwn(): Promise<boolean> {
  const name = sessionStorage.getItem(tabKey) ?? crypto.randomUUID();
  sessionStorage.setItem(tabKey, name);
  return new Promise((answered) => {
    const untilClosed = new Promise<void>(() => {});
    const signal = AbortSignal.timeout(goneMs);
    const held = () => {
      answered(true);
      return untilClosed;
    };
    navigator.locks.request(`parley tab ${name}`, { signal }, held).catch(() => answered(false));
  });
}
