import type { ContainerTree } from './tree.ts';

/** Inputs of the effective protection of one container, in one unit throughout. */
export interface ProtectionInputs {
  readonly usage: number;
  readonly parent_usage: number;
  /** memory.min or memory.low as set. */
  readonly setting: number;
  readonly parent_effective: number;
  /** Sum over the siblings (itself included) of min(usage, setting). */
  readonly siblings_protected: number;
  /** Mount option memory_recursiveprot. */
  readonly recursive: boolean;
}

/** `effective_protection()` of mm/page_counter.c (6.12), below the first level under the reclaim target. */
export function effectiveProtection(inputs: ProtectionInputs): number {
  const { usage, parent_usage, setting, parent_effective, siblings_protected } = inputs;
  const own = Math.min(usage, setting);
  if (siblings_protected > parent_effective) return mulDiv(own, parent_effective, siblings_protected);
  if (!inputs.recursive || parent_effective <= siblings_protected || parent_usage <= siblings_protected || usage <= own) return own;
  return own + mulDiv(parent_effective - siblings_protected, usage - own, parent_usage - siblings_protected);
}

/** ⌊a × b / c⌋ exactly, beyond 2⁵³ as well. */
function mulDiv(a: number, b: number, c: number): number {
  const product = a * b;
  return Number.isSafeInteger(product) ? Math.floor(product / c) : Number((BigInt(a) * BigInt(b)) / BigInt(c));
}

/**
 * Effective min and low of containers as reclaim meets them: computed top-down at the visit, for the reclaim target at hand
 * (`mem_cgroup_calculate_protection`, 6.12). A container without usage keeps its old value, as in the kernel.
 */
export class Protection {
  emin = new Float64Array(16);
  elow = new Float64Array(16);
  private readonly tree: ContainerTree;
  private readonly recursive: boolean;

  constructor(tree: ContainerTree, recursive: boolean) {
    this.tree = tree;
    this.recursive = recursive;
  }

  /** Computes for `container` under `target`. Ancestors must have been visited before it, as a pre-order walk does. */
  calculate(container: number, target: number): void {
    const { tree } = this;
    if (container >= this.emin.length) this.grow(container);
    if (container === target || container === 0) return;
    const usage = tree.usage[container];
    if (usage === 0) return;
    const parent = tree.parents[container];
    if (parent === target) {
      this.emin[container] = tree.min[container];
      this.elow[container] = tree.low[container];
      return;
    }
    const common = { usage, parent_usage: tree.usage[parent], recursive: this.recursive };
    this.emin[container] = effectiveProtection({
      ...common,
      setting: tree.min[container],
      parent_effective: this.emin[parent],
      siblings_protected: this.childrenProtected(parent, tree.min),
    });
    this.elow[container] = effectiveProtection({
      ...common,
      setting: tree.low[container],
      parent_effective: this.elow[parent],
      siblings_protected: this.childrenProtected(parent, tree.low),
    });
  }

  private childrenProtected(parent: number, setting: Float64Array): number {
    let sum = 0;
    for (const child of this.tree.children[parent] ?? []) sum += Math.min(this.tree.usage[child], setting[child]);
    return sum;
  }

  private grow(container: number): void {
    const capacity = Math.max(this.emin.length * 2, container + 1);
    const emin = new Float64Array(capacity);
    emin.set(this.emin);
    this.emin = emin;
    const elow = new Float64Array(capacity);
    elow.set(this.elow);
    this.elow = elow;
  }
}
