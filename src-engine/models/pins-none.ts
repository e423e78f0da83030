import type { PinPolicy } from '../machine/policies/pin-policy.ts';
import { NO_COST } from '../machine/policies/policy.ts';

/** Nobody holds pins against anybody: every page may be pinned and locked by whoever can reach it, and no limit acts. */
export class NoPinPolicy implements PinPolicy {
  readonly id = 'none';
  readonly holds_containers = false;

  accountsSend(): boolean {
    return false;
  }

  newPages(): number {
    return 0;
  }

  refuses(): null {
    return null;
  }

  admit(): boolean {
    return true;
  }

  pin(): void {}

  unpin(): void {}

  lock(): void {}

  lockedPage(): void {}

  move(): void {}

  expected(): ReadonlyMap<number, number> {
    return new Map();
  }

  cost() {
    return NO_COST;
  }
}
