/**
 * When each user's next turn is, and whose turn is next: a heap over typed arrays. Every user is in
 * it once and for good, so a turn that is brought forward is one sift and no leftover, and a
 * million users take 16 MB. Four children each, with their times side by side: a sift is as long as
 * its way through memory, which is half of what it is with two.
 */
export interface DueQueue {
  readonly bytes: number;
  /** Whose turn is next. */
  first(): number;
  dueMs(user: number): number;
  set(user: number, dueMs: number): void;
}

const children = 4;

export function dueQueue(users: number): DueQueue {
  const due = new Float64Array(users).fill(Number.POSITIVE_INFINITY);
  const heap = Uint32Array.from({ length: users }, (_, user) => user);
  const places = heap.slice();
  const put = (user: number, dueMs: number, place: number) => {
    heap[place] = user;
    due[place] = dueMs;
    places[user] = place;
  };
  const up = (from: number, dueMs: number) => {
    let place = from;
    while (place > 0) {
      const parent = Math.floor((place - 1) / children);
      if ((due[parent] as number) <= dueMs) break;
      put(heap[parent] as number, due[parent] as number, place);
      place = parent;
    }
    return place;
  };
  const down = (from: number, dueMs: number) => {
    let place = from;
    for (;;) {
      const first = children * place + 1;
      const end = Math.min(first + children, users);
      let least = first;
      for (let child = first + 1; child < end; child += 1) {
        if ((due[child] as number) < (due[least] as number)) least = child;
      }
      if (first >= users || (due[least] as number) >= dueMs) return place;
      put(heap[least] as number, due[least] as number, place);
      place = least;
    }
  };
  return {
    bytes: due.byteLength + heap.byteLength + places.byteLength,
    first: () => heap[0] as number,
    dueMs: (user) => due[places[user] as number] as number,
    set(user, dueMs) {
      put(user, dueMs, down(up(places[user] as number, dueMs), dueMs));
    },
  };
}
