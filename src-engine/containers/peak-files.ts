import type { ContainerTree } from './tree.ts';

/**
 * What a reset of an open file does to the others: `kernel` as the code of 6.12 has it (the first loses a peak that lay between its reset and the second's), `documented` as
 * Documentation/admin-guide/cgroup-v2.rst has it, where each file keeps the highest since its own reset.
 */
export type PeakContract = 'kernel' | 'documented';

interface PeakFile {
  readonly container: number;
  readonly of_swap: boolean;
  readonly contract: PeakContract;
  /** `cgroup_of_peak.value`, in units of the counter; −1: never written, the file shows the peak of all time (OFP_PEAK_UNSET). */
  value: number;
}

const UNSET = -1;

/** Open files of memory.peak and memory.swap.peak: `peak_show()` and `peak_write()` of mm/memcontrol.c (6.12). */
export class PeakFiles {
  private readonly tree: ContainerTree;
  private readonly files = new Map<number, PeakFile>();

  constructor(tree: ContainerTree) {
    this.tree = tree;
  }

  /** Opens a file under a handle; what the handle had open before is closed. */
  open(handle: number, container: number, of_swap: boolean, contract: PeakContract): void {
    this.files.set(handle, { container, of_swap, contract, value: UNSET });
  }

  /** The container of a handle, and of which of its files it is; null if nothing is open under it. */
  fileOf(handle: number): { readonly container: number; readonly of_swap: boolean } | null {
    return this.files.get(handle) ?? null;
  }

  /** Something has been written: from now on the file shows the highest charge since. All written files of the container have one watermark between them, which begins anew. */
  reset(handle: number): void {
    const file = this.files.get(handle);
    if (file === undefined) return;
    const usage = this.usageOf(file);
    const highest = this.localPeakOf(file);
    for (const other of this.files.values()) {
      if (other.value === UNSET || other.container !== file.container || other.of_swap !== file.of_swap) continue;
      other.value = Math.max(other.value, other.contract === 'kernel' ? usage : highest);
    }
    (file.of_swap ? this.tree.swap_local_peak : this.tree.local_peak)[file.container] = usage;
    file.value = usage;
  }

  /** What a read of the file shows, in units of its counter; 0 if nothing is open. */
  read(handle: number): number {
    const file = this.files.get(handle);
    if (file === undefined) return 0;
    if (file.value === UNSET) return (file.of_swap ? this.tree.swap_peak : this.tree.peak)[file.container];
    return Math.max(file.value, this.localPeakOf(file));
  }

  /** What the counter of the file is charged now. */
  usage(handle: number): number {
    const file = this.files.get(handle);
    return file === undefined ? 0 : this.usageOf(file);
  }

  private usageOf({ container, of_swap }: PeakFile): number {
    return (of_swap ? this.tree.swap_usage : this.tree.usage)[container];
  }

  private localPeakOf({ container, of_swap }: PeakFile): number {
    return (of_swap ? this.tree.swap_local_peak : this.tree.local_peak)[container];
  }
}
