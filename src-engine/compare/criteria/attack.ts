import { formatFigure, plural } from '../../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../../base/ids.ts';
import type { Measured } from './battery.ts';
import { counterAt, evidenceAt, residentPages, sampleOf } from './measured-run.ts';
import type { Finding } from './types.ts';

const VICTIM = 'victim';
/** What a victim may lose before it is called open to attack: 64 pages, about 1 % of its limit. */
const HARMLESS_PAGES = 64;

/** Pages pushed onto the victim, and out of it, by an attacker who stops sharing, and by one who floods memory. */
export function measureAttack({ runs: { 'stop-sharing': stop, flood } }: Measured): Finding {
  const [shared, before, attacked, after] = ['shared', 'before', 'attacked', 'after'].map((name) => sampleOf(stop, name));
  // The victim does the same before and after the attack, so that what differs is the attack's.
  const charged = (state: typeof before): number => counterAt(state, VICTIM, 'current');
  const onto_pages = Math.max(0, charged(attacked) - charged(before), charged(after) - charged(before)) / PAGE_SIZE_BYTES;
  const faults = (from: typeof before, to: typeof before): number => counterAt(to, VICTIM, 'pgfault') - counterAt(from, VICTIM, 'pgfault');
  const out_by_stop = Math.max(0, faults(attacked, after) - faults(shared, before));
  const [dry, wet] = ['before', 'after'].map((name) => sampleOf(flood, name));
  const lost = (object: string): number => Math.max(0, residentPages(dry, object) - residentPages(wet, object));
  const out_by_flood = lost('private') + lost('common');

  const pages = (value: number): string => formatFigure({ value, unit: 'pages' });
  const by_leaving = Math.max(onto_pages, out_by_stop) > HARMLESS_PAGES;
  const by_flood = out_by_flood > HARMLESS_PAGES;
  const open = by_leaving && by_flood ? 'to both' : by_leaving ? 'to leaving' : 'to floods';
  return {
    figures: [
      { label: 'pushed onto it by ceasing to share', value: Math.round(onto_pages), unit: 'pages' },
      { label: 'pushed out of it by ceasing to share', value: out_by_stop, unit: 'pages' },
      { label: 'pushed out of its own cache by a flood', value: lost('private'), unit: 'pages' },
      { label: 'pushed out of shared cache by a flood', value: lost('common'), unit: 'pages' },
    ],
    summary: `${plural(onto_pages, 'page')} pushed onto it, ${pages(Math.max(out_by_stop, out_by_flood))} out of it`,
    verdict: by_leaving || by_flood ? { word: open, tone: 'bad' } : { word: 'not open', tone: 'good' },
    evidence:
      out_by_flood > Math.max(onto_pages, out_by_stop)
        ? [evidenceAt(flood, 'after'), evidenceAt(stop, 'after')]
        : [evidenceAt(stop, 'after'), evidenceAt(flood, 'after')],
  };
}
