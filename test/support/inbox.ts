/** What came in, in order, until somebody asks for it; and who is waiting for what has yet to. */
import { hangMs } from "./hang.ts";

export interface Inbox<T> {
  /** Everything that came in, asked for or not. */
  readonly all: readonly T[];
  put(item: T): void;
  /** The first item that fits and was not asked for before, be it here or still to come. */
  next<F extends T>(what: string, fits: (item: T) => item is F): Promise<F>;
  /** No more will come: everybody who waits hears why, and so does who asks later. */
  end(reason: Error): void;
}

export function inbox<T>(): Inbox<T> {
  const all: T[] = [];
  const unread = new Set<T>();
  const waiting = new Set<{ offer(item: T): boolean; fail(reason: Error): void }>();
  let ended: Error | undefined;

  return {
    all,
    put(item) {
      all.push(item);
      for (const waiter of waiting) if (waiter.offer(item)) return;
      unread.add(item);
    },
    end(reason) {
      ended ??= reason;
      for (const waiter of waiting) waiter.fail(ended);
    },
    next: <F extends T>(what: string, fits: (item: T) => item is F) => {
      for (const item of unread) {
        if (fits(item) && unread.delete(item)) return Promise.resolve(item);
      }
      if (ended) return Promise.reject(ended);
      return new Promise<F>((resolve, reject) => {
        const stop = () => {
          clearTimeout(late);
          waiting.delete(waiter);
        };
        const waiter = {
          offer: (item: T) => {
            if (!fits(item)) return false;
            stop();
            resolve(item);
            return true;
          },
          fail: (reason: Error) => {
            stop();
            reject(reason);
          },
        };
        const late = setTimeout(() => {
          const last = all.slice(-5).map((item) => JSON.stringify(item).slice(0, 500));
          waiter.fail(new Error(`waited in vain for ${what}; what came last: ${last.join("\n")}`));
        }, hangMs);
        waiting.add(waiter);
      });
    },
  };
}
