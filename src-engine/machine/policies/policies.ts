import type { Slab } from '../kernel/slab.ts';
import type { World } from '../world.ts';
import type { KernelPolicy } from './kernel-policy.ts';
import type { PinPolicy } from './pin-policy.ts';
import type { PagePolicy } from './policy.ts';
import type { SocketPolicy } from './socket-policy.ts';

/** How the policies that a model chose are made, once for each world. The machine knows policies only by the questions that it asks them. */
export interface PolicyFactories {
  readonly pages: (world: World) => PagePolicy;
  readonly kernel: (world: World, slab: Slab) => KernelPolicy;
  readonly sockets: (world: World) => SocketPolicy;
  readonly pins: (world: World) => PinPolicy;
  /** What is to be done whenever the number of removed containers still in memory has changed; null: nothing. */
  readonly dyingChanged: ((world: World, dying_count: number) => void) | null;
}
