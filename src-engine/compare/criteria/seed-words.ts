import { plural } from '../../base/figures.ts';
import type { ModelChoices } from '../../scenario/axes.ts';

import type { CriterionId, Figure } from './types.ts';

/** A cell of the SoftwareZones page that is not empty, and what it comes to in the words of the table. */
interface SeedCell {
  readonly says: string;
  /** Verdicts that agree with it. */
  readonly agrees: readonly string[];
  /** Why a measurement may say otherwise, in the light of its figures; without one the figures speak for themselves. */
  readonly why?: (figures: readonly Figure[]) => string | null;
}

const figure = (figures: readonly Figure[], label: string): number => figures.find((one) => one.label === label)?.value ?? 0;
const floodOf = (figures: readonly Figure[]): number =>
  figure(figures, 'pushed out of its own cache by a flood') + figure(figures, 'pushed out of shared cache by a flood');
const pages = (value: number): string => plural(value, 'page');

/** The page speaks of charges when sharing ends; what leaves memory then, and a flood, are other harms. */
function otherHarm(figures: readonly Figure[]): string | null {
  if (figure(figures, 'pushed onto it by ceasing to share') > 0) return null;
  const by_stop = figure(figures, 'pushed out of it by ceasing to share');
  if (by_stop > 0)
    return `As the page says, nothing more is charged when sharing ends. But what the limit takes off the victim stays in memory only as long as somebody else maps it: once the attacker does not, the victim faults ${pages(by_stop)} more back in each round. And a stream within no limit pushed ${pages(floodOf(figures))} of its page cache out.`;
  const own = figure(figures, 'pushed out of its own cache by a flood');
  const common = figure(figures, 'pushed out of shared cache by a flood');
  if (own + common === 0) return null;
  return own > 0
    ? `The page speaks of ceasing to share, and by that nothing was pushed. But page cache is charged to nobody, so a stream within no limit pushed ${pages(own + common)} of the victim’s cache out.`
    : `The page speaks of ceasing to share, and by that nothing was pushed. But the shared zone is in nobody’s limit: a stream through it pushed ${pages(common)} out that the victim uses.`;
}

/**
 * What the SoftwareZones page (LinuxMM wiki, 2006) says of four schemes, by page policy. The page came down as a flattened table: which column a text belongs to is
 * inferred where cells are empty; of the four texts on attack the second is taken as static's and the third ("same as static") as partial's.
 */
export const SEED_WORDS: Readonly<Record<string, Partial<Record<CriterionId, SeedCell>>>> = {
  'software-zones': {
    resize: {
      says: 'Physical contiguity requirement will inhibit growth. But if you have lots of small zones, and allow several to be assigned to a single container, you can resize reasonably easily.',
      agrees: ['easy', 'moves pages'],
    },
    creation: {
      says: 'Must find physically contiguous area to use, can not simply take a bit from each existing container.',
      agrees: ['never', 'sometimes'],
    },
    sharing: { says: 'Requires a “shared” zone.', agrees: ['no', 'roughly'] },
    overcommit: {
      says: 'Overcommit is trickier because of the static assignment of zones to containers. But with a few minor hooks in the kernel (directed reclaim, and OOM notifications) it’s possible for userspace to juggle the zone assignments, allowing overcommit.',
      agrees: ['no', 'a little'],
    },
    attack: {
      says: 'No charge for shared data access means any container unusing something can not cause another to go over its limit.',
      agrees: ['not open'],
      why: otherHarm,
    },
  },
  static: {
    storage: { says: 'Extra struct page field.', agrees: ['one field'] },
    sharing: { says: 'Doesn’t recognize use by multiple containers, but could have a “shared” container.', agrees: ['no'] },
    attack: { says: 'Stop using shared data at opportune time to force another container over its limit.', agrees: ['to leaving', 'to both'] },
  },
  partial: {
    storage: { says: 'At least the cost of “static” page ownership.', agrees: ['one field', 'more'] },
    attack: { says: 'Same as static scheme.', agrees: ['to leaving', 'to both'] },
  },
  rss: {
    limits: { says: 'Doesn’t account for page cache, can not be extended to cover non-user-mapped memory use.', agrees: ['partly', 'no'] },
    runtime: { says: 'Walking the rmap chains might get expensive.', agrees: ['grows'] },
    attack: {
      says: 'Containers get no credit for sharing, so no penalty when sharing goes away.',
      agrees: ['not open'],
      why: otherHarm,
    },
  },
};

/** The scheme of the page that a model's page policy is; undefined for policies, and ways of counting, that came later. */
export function schemeOf({ axes, parameters }: ModelChoices): string | undefined {
  if (axes.pages === 'rss' && parameters.counting !== 'container') return undefined;
  return Object.hasOwn(SEED_WORDS, axes.pages) ? axes.pages : undefined;
}

/** What the page says of a scheme in a cell, and why the measurement contradicts it if it does. */
export function seedOf(
  scheme: string | undefined,
  criterion: CriterionId,
  found: { readonly verdict: { readonly word: string }; readonly figures: readonly Figure[]; readonly summary: string },
): { readonly seed: string | null; readonly contradiction: string | null } {
  const cell = scheme === undefined ? undefined : SEED_WORDS[scheme]?.[criterion];
  if (cell === undefined) return { seed: null, contradiction: null };
  if (cell.agrees.includes(found.verdict.word)) return { seed: cell.says, contradiction: null };
  return {
    seed: cell.says,
    contradiction: cell.why?.(found.figures) ?? `The page leads to expect ${cell.agrees.map((word) => `“${word}”`).join(' or ')}; measured: ${found.summary}.`,
  };
}
