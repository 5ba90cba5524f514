/**
 * "Duplicate tab" copies a tab's storage, refresh token included. A provider takes one that two
 * tabs use for stolen, and signs both out. So a tab holds a lock of its name for as long as it
 * lives. The copy does not get the lock, and leaves the refresh token to the tab that it is a copy
 * of.
 */
const tabKey = "parley-tab";
/** Time for the page of before a reload to be gone. Only a renewal waits for it. */
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
