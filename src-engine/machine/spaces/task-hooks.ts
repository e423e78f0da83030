import type { StartOp } from '../../scenario/program.ts';
import type { LockHooks } from './locked-pages.ts';

/** What a task may do; a forked one inherits it. */
export type Credentials = Pick<StartOp, 'user' | 'memlock_bytes' | 'privileged' | 'oom_score_adj'>;

/** Told of what happens to tasks. */
export interface TaskHooks extends LockHooks {
  /** A task has started; `parent` −1: it was not forked. */
  started(task: number, parent: number): void;
  /** A task is about to move to another container. */
  moving(task: number, to: number): void;
  /** A task is about to end. */
  exiting(task: number): void;
}
