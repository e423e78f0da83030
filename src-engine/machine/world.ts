import { ROOT_CONTAINER } from '../base/ids.ts';
import { Protection } from '../containers/protection.ts';
import { ContainerTree } from '../containers/tree.ts';
import { DENIED, type PagePolicy } from '../models/policy.ts';
import { EventLog } from '../record/event-log.ts';
import { RECLAIM_REASON } from '../record/events.ts';
import type { RecordSink } from '../record/run.ts';
import type { Program } from '../scenario/program.ts';
import { AddressSpaces } from './address-spaces.ts';
import { Machine } from './machine.ts';
import { OutOfMemory } from './out-of-memory.ts';
import { Reclaim } from './reclaim.ts';
import { SWAP_CLUSTER_MAX } from './scan-count.ts';

/** Everything of one simulated machine, and the policy that accounts for it. Policies keep the world and look into it when asked, not before. */
export class World {
  readonly program: Program;
  readonly log: EventLog;
  readonly tree: ContainerTree;
  readonly machine: Machine;
  readonly spaces: AddressSpaces;
  readonly protection: Protection;
  readonly reclaim: Reclaim;
  readonly oom: OutOfMemory;
  /** Containers that exist now, by path index; −1 none. */
  readonly container_by_path: Int32Array;
  /** Pages that removal policies moved from one owner to another. */
  pages_reparented = 0;

  constructor(program: Program, sink: RecordSink, createPolicy: (world: World) => PagePolicy) {
    this.program = program;
    this.log = new EventLog(sink);
    this.tree = new ContainerTree();
    this.machine = new Machine(program.machine, this.log, this.tree, () => createPolicy(this));
    this.spaces = new AddressSpaces(this.machine, program.taskNames, program.areaNames);
    this.protection = new Protection(this.tree, program.machine.recursive_protection);
    this.reclaim = new Reclaim(this.machine, this.spaces, this.protection);
    this.oom = new OutOfMemory(this);
    this.container_by_path = new Int32Array(program.containerPaths.length).fill(-1);
  }

  get policy(): PagePolicy {
    return this.machine.policy;
  }

  /** A frame from the whole machine: direct reclaim when none is free, then the out-of-memory killer. */
  allocateFrame(task: number): number {
    for (;;) {
      const frame = this.machine.pool.take();
      if (frame !== -1) return frame;
      if (this.reclaim.tryToFree(ROOT_CONTAINER, SWAP_CLUSTER_MAX, RECLAIM_REASON.global, task) > 0) continue;
      if (!this.oom.kill(ROOT_CONTAINER, this.program.machine.memory_pages, task)) return DENIED;
      if (this.spaces.alive[task] === 0) return DENIED;
    }
  }
}
