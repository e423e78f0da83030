import { FRAME, FRAME_REFS_SHIFT } from '../pages/frame-flags.ts';

/** Constants of include/linux/mmzone.h (6.12). */
export const MAX_NR_TIERS = 4;
export const MIN_LRU_BATCH = 64;
const REFS_WIDTH = 2;
/** Most uses that are counted: `BIT(LRU_REFS_WIDTH)`. */
export const REFS_MAX = 1 << REFS_WIDTH;
const REFS_COUNTED = REFS_MAX - 1;
/** Cells of a lruvec: types × tiers. */
const STRIDE = 2 * MAX_NR_TIERS;

/** `folio_lru_refs()`: uses of a page beyond the first, as its flags have them. */
export const refsOf = (flags: number): number => ((flags & FRAME.refs) >> FRAME_REFS_SHIFT) + ((flags & FRAME.workingset) === 0 ? 0 : 1);

/** `lru_tier_from_refs()`: `order_base_2(refs + 1)`. */
export const tierOf = (refs: number): number => (refs === 0 ? 0 : 32 - Math.clz32(refs));

/** Flags of a page after another use by read(): `folio_inc_refs()` of mm/swap.c (6.12). */
export function withAnotherUse(flags: number): number {
  if ((flags & FRAME.referenced) === 0) return flags | FRAME.referenced;
  if ((flags & FRAME.workingset) === 0) return flags | FRAME.workingset;
  return (flags & FRAME.refs) === FRAME.refs ? flags : flags + (1 << FRAME_REFS_SHIFT);
}

/** What a page leaves behind: the oldest generation at its eviction, and its uses (`token` of `lru_gen_eviction()`); 32 bits. */
export const tokenOf = (min_seq: number, refs: number): number => ((min_seq << REFS_WIDTH) | Math.max(refs - 1, 0)) >>> 0;
export const seqOfToken = (token: number): number => token >>> REFS_WIDTH;
export const refsOfToken = (token: number, workingset: boolean): number => (token & REFS_COUNTED) + (workingset ? 1 : 0);

/** A position of the controller: refaults and evictions of one tier, weighed by a gain (`struct ctrl_pos`). */
interface Position {
  readonly refaulted: number;
  readonly total: number;
  readonly gain: number;
}

/** `positive_ctrl_err()`: whether `pv` has few refaults, or no more of its evictions come back than of `sp`'s. */
export function positiveError(sp: Position, pv: Position): boolean {
  return pv.refaulted < MIN_LRU_BATCH || pv.refaulted * (sp.total + MIN_LRU_BATCH) * sp.gain <= (sp.refaulted + 1) * pv.total * pv.gain;
}

/**
 * The controller of the multi-generational LRU, per lruvec: how many pages of each tier were evicted from, protected in and refaulted to the oldest generation, with an average
 * over earlier ones (mm/vmscan.c, 6.12: read_ctrl_pos, reset_ctrl_pos, get_tier_idx, get_type_to_scan). Debian builds without CONFIG_LRU_GEN_STATS: there is one history (NR_HIST_GENS 1).
 */
export class TierControl {
  private evicted_count = new Float64Array(0);
  private refaulted_count = new Float64Array(0);
  private protected_count = new Float64Array(0);
  private average_refaulted = new Float64Array(0);
  private average_total = new Float64Array(0);

  evicted(lruvec: number, type: number, tier: number): void {
    this.evicted_count[this.cell(lruvec, type, tier)]++;
  }

  refaulted(lruvec: number, type: number, tier: number): void {
    this.refaulted_count[this.cell(lruvec, type, tier)]++;
  }

  /** A page of a tier above the first was spared. */
  protect(lruvec: number, type: number, tier: number): void {
    this.protected_count[this.cell(lruvec, type, tier)]++;
  }

  /** `reset_ctrl_pos()` as a generation goes: what it has seen joins the average by half. */
  carryOver(lruvec: number, type: number): void {
    for (let tier = 0; tier < MAX_NR_TIERS; tier++) {
      const cell = this.cell(lruvec, type, tier);
      this.average_refaulted[cell] = Math.floor((this.average_refaulted[cell] + this.refaulted_count[cell]) / 2);
      this.average_total[cell] = Math.floor((this.average_total[cell] + this.evicted_count[cell] + this.protected_count[cell]) / 2);
      this.refaulted_count[cell] = 0;
      this.evicted_count[cell] = 0;
      this.protected_count[cell] = 0;
    }
  }

  /** `get_tier_idx()`: the last tier that is evicted; those above it are protected. */
  lastTier(lruvec: number, type: number): number {
    return this.lastTierAgainst(this.position(lruvec, type, 0, 1), lruvec, type, 2);
  }

  /** `get_type_to_scan()`: the type whose first tier loses less, and its last tier to evict. */
  typeToScan(lruvec: number, swappiness: number): { readonly type: number; readonly tier: number } {
    const gains = [swappiness, 200 - swappiness] as const;
    const type = positiveError(this.position(lruvec, 0, 0, gains[0]), this.position(lruvec, 1, 0, gains[1])) ? 1 : 0;
    const other = 1 - type;
    return { type, tier: this.lastTierAgainst(this.position(lruvec, other, 0, gains[other] ?? 0), lruvec, type, gains[type] ?? 0) };
  }

  private lastTierAgainst(sp: Position, lruvec: number, type: number, gain: number): number {
    let tier = 1;
    while (tier < MAX_NR_TIERS && positiveError(sp, this.position(lruvec, type, tier, gain))) tier++;
    return tier - 1;
  }

  /** `read_ctrl_pos()`. */
  private position(lruvec: number, type: number, tier: number, gain: number): Position {
    const cell = this.cell(lruvec, type, tier);
    return {
      refaulted: this.average_refaulted[cell] + this.refaulted_count[cell],
      total: this.average_total[cell] + this.evicted_count[cell] + this.protected_count[cell],
      gain,
    };
  }

  private cell(lruvec: number, type: number, tier: number): number {
    const cell = lruvec * STRIDE + type * MAX_NR_TIERS + tier;
    if (cell >= this.evicted_count.length) this.grow(cell);
    return cell;
  }

  private grow(cell: number): void {
    const length = Math.max(16 * STRIDE, 2 ** Math.ceil(Math.log2(cell + 1)));
    const grown = (old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const fresh = new Float64Array(length);
      fresh.set(old);
      return fresh;
    };
    this.evicted_count = grown(this.evicted_count);
    this.refaulted_count = grown(this.refaulted_count);
    this.protected_count = grown(this.protected_count);
    this.average_refaulted = grown(this.average_refaulted);
    this.average_total = grown(this.average_total);
  }
}
