/**
 * Decides what happens next. Every call of a port is two steps: the request takes effect, and later
 * its answer arrives. Nothing runs between steps: after each one, everything that can go on without
 * a further step has gone on. So whoever picks the steps fixes the whole run.
 *
 * A task that dies is never answered again and what it had asked for is not done any more: its
 * promises stay pending for ever, which no `catch` can notice.
 */

/** What a step touches; two steps that touch nothing in common can change places unnoticed. */
export interface Access {
  thing: string;
  /** Of the thing; all of it when not said. */
  part?: string;
  writes: boolean;
}

export interface Step {
  /** The same in every run that made the same choices within this task. */
  id: string;
  /** Steps of one thread depend on each other. */
  thread: string;
  label: string;
  kind: "start" | "effect" | "answer" | "timer" | "arrival";
  /** Of a timer: taking it makes it that late. */
  dueMs?: number;
  run(): void;
}

/** One operation under way, of the thread's several. */
export interface Task {
  readonly name: string;
  readonly isDead: boolean;
  /** Resolves with what `perform` did when the scheduler lets it happen, and then answers. */
  call<T>(label: string, access: Access[], perform: () => Promise<T>): Promise<T>;
  wait(ms: number): Promise<void>;
  die(): void;
}

export interface Scheduler {
  nowMs: number;
  /** Steps taken so far. */
  readonly taken: number;
  /** What could happen next. */
  steps(): Step[];
  /** Let one step happen, and say what it touched. */
  take(step: Step): Promise<Access[]>;
  /** Add to what the step that is being taken touches. */
  touch(...access: Access[]): void;
  add(step: Step): void;
  /** Let a step not happen after all. */
  remove(id: string): void;
  task(thread: string, name: string): Task;
}

export function createScheduler(startMs: number): Scheduler {
  const waiting = new Map<string, Step>();
  let touched: Access[] = [];
  let taken = 0;
  const scheduler: Scheduler = {
    nowMs: startMs,
    get taken() {
      return taken;
    },
    steps: () => [...waiting.values()],
    async take(step) {
      waiting.delete(step.id);
      touched = [];
      taken += 1;
      if (step.dueMs !== undefined) scheduler.nowMs = Math.max(scheduler.nowMs, step.dueMs);
      step.run();
      await allElse();
      return touched;
    },
    touch: (...access) => {
      touched.push(...access);
    },
    add: (step) => {
      waiting.set(step.id, step);
    },
    remove: (id) => {
      waiting.delete(id);
    },
    task: (thread, name) => createTask(scheduler, waiting, thread, name),
  };
  return scheduler;
}

/** Resolves when every promise that could be settled has been, with all that follows. */
export function allElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function createTask(
  scheduler: Scheduler,
  waiting: Map<string, Step>,
  thread: string,
  name: string,
): Task {
  let calls = 0;
  let isDead = false;
  const own = new Set<string>();
  const add = (id: string, kind: Step["kind"], label: string, run: () => void, dueMs?: number) => {
    if (isDead) return;
    own.add(id);
    scheduler.add({
      id,
      thread,
      kind,
      label: `${name} ${label}`,
      ...(dueMs !== undefined && { dueMs }),
      run() {
        own.delete(id);
        run();
      },
    });
  };
  return {
    name,
    get isDead() {
      return isDead;
    },
    call: (label, access, perform) =>
      new Promise((resolve, reject) => {
        const id = `${name}.${++calls}`;
        const arrives = (settle: () => void) => add(`${id}'`, "answer", `… ${label}`, settle);
        add(id, "effect", label, () => {
          scheduler.touch(...access);
          perform().then(
            (result) => arrives(() => resolve(result)),
            (error) => arrives(() => reject(error)),
          );
        });
      }),
    wait: (ms) =>
      new Promise((resolve) => {
        const dueMs = scheduler.nowMs + Math.ceil(ms); // clocks tell whole ones
        const run = () => {
          scheduler.touch({ thing: "clock", writes: true });
          resolve();
        };
        add(`${name}.${++calls}`, "timer", `waits ${Math.round(ms)} ms`, run, dueMs);
      }),
    die() {
      isDead = true;
      for (const id of own) waiting.delete(id);
    },
  };
}
