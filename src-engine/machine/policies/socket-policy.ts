import type { LabError } from '../../base/result.ts';
import type { PolicyCost } from './policy.ts';

/**
 * Where memory for a socket is asked for: by the task that sends, which may wait; at the arrival of a packet, which may not; or where the network code goes over any
 * limit to keep a connection moving.
 */
export type SocketCharge = 'send' | 'arrival' | 'forced';

/**
 * The questions that every policy of socket memory answers. One file a policy, the methods in this order. The sockets themselves, their buffers and windows are
 * machine/net/sockets.ts; the policy says who pays, what happens at a limit, and when windows must not grow.
 */
export interface SocketPolicy {
  readonly id: string;
  /** A container has been created. */
  create(container: number): void;
  /** Whether a socket opened now in that container is on somebody's account. It stays so, or not, for life. */
  tracks(container: number, protocol: 'tcp' | 'udp'): boolean;
  /** Charges pages for a tracked socket of that container. False: the network code is to back off, and nothing is charged. A forced charge succeeds. */
  charge(container: number, page_count: number, task: number, context: SocketCharge): boolean;
  uncharge(container: number, page_count: number): void;
  /** Whether tracked sockets of that container must not grow their windows now. */
  underPressure(container: number): boolean;
  /** Pages that sockets of exactly this container have charged to `current`. */
  chargedPages(container: number): number;
  /** Work that was put off until the end of a slice of an operation; and the end of pressure, once its time has come. */
  settle(): void;
  /** Checks that the accounts hold `held_pages[container]` pages. Null if they do. */
  check(held_pages: ReadonlyMap<number, number>): LabError | null;
  cost(): PolicyCost;
}
