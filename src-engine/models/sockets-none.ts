import { NO_COST } from '../machine/policies/policy.ts';
import type { SocketPolicy } from '../machine/policies/socket-policy.ts';

/** Sockets without an account: their buffers take memory from the machine and nobody pays. What holds them is tcp_mem alone. */
export class NoneSockets implements SocketPolicy {
  readonly id = 'none';

  create(): void {}

  tracks(): boolean {
    return false;
  }

  charge(): boolean {
    return true;
  }

  uncharge(): void {}

  underPressure(): boolean {
    return false;
  }

  chargedPages(): number {
    return 0;
  }

  settle(): void {}

  check(): null {
    return null;
  }

  cost(): typeof NO_COST {
    return NO_COST;
  }
}
