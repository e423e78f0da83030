import { formatFigure } from '../../base/figures.ts';
import type { Measured } from './battery.ts';
import { costAt, evidenceAt, type MeasuredRun, operationsBetween, sampleOf } from './measured-run.ts';
import type { Finding, Verdict } from './types.ts';

/** Pages of the file that the scenario `overhead` shares. */
const SHARED_PAGES = 256;
/** Containers that map it from the second to the eighth. */
const MORE_SHARERS = 7;
/** A field of eight bytes in `struct page`. */
const FIELD_BYTES = 8;
/** The eighth mapping may take so many times the operations of the first before it counts as growing. */
const GROWTH = 2;

/** Bytes that accounting keeps: for every page of the machine, for a page that is mapped, for each further sharer, for a container. */
export function measureStorage({ runs: { overhead: run } }: Measured): Finding {
  const [start, brought_in, mapped, eight] = ['start', 'brought-in', 'mapped-again', 'mapped-by-eight'].map((name) => sampleOf(run, name));
  const of_pages = (state: typeof start): number => costAt(state, 'page_storage_bytes');
  // What is stored before anything is mapped is stored for every page of the machine.
  const fixed_bytes = of_pages(brought_in) / run.memory_pages;
  const mapped_bytes = (of_pages(mapped) - of_pages(brought_in)) / SHARED_PAGES;
  const sharer_bytes = (of_pages(eight) - of_pages(mapped)) / (SHARED_PAGES * MORE_SHARERS);
  const container_bytes = costAt(eight, 'container_storage_bytes') / start.containers.length;
  const page_bytes = fixed_bytes + mapped_bytes;
  const verdict: Verdict =
    page_bytes === 0 ? { word: 'nothing', tone: 'good' } : page_bytes <= FIELD_BYTES ? { word: 'one field', tone: 'mixed' } : { word: 'more', tone: 'bad' };
  const bytes = (value: number): string => formatFigure({ value, unit: 'bytes' });
  return {
    figures: [
      { label: 'for each page of the machine', value: fixed_bytes, unit: 'bytes' },
      { label: 'more for a mapped page', value: mapped_bytes, unit: 'bytes' },
      { label: 'more for each further sharer of it', value: sharer_bytes, unit: 'bytes' },
      { label: 'for each container', value: container_bytes, unit: 'bytes' },
    ],
    summary: `${bytes(page_bytes)} a page${sharer_bytes > 0 ? `, ${bytes(sharer_bytes)} a sharer` : ''}, ${bytes(container_bytes)} a container`,
    verdict,
    evidence: [evidenceAt(run, 'mapped-by-eight')],
  };
}

const perPage = (run: MeasuredRun, before: string, after: string): number => operationsBetween(sampleOf(run, before), sampleOf(run, after)) / SHARED_PAGES;

/** Elementary operations for each page that is charged, mapped, unmapped and freed. */
export function measureRuntime({ runs: { overhead: run } }: Measured): Finding {
  const charge = perPage(run, 'start', 'brought-in');
  const first = perPage(run, 'brought-in', 'mapped-first');
  const again = perPage(run, 'mapped-first', 'mapped-again');
  const eighth = perPage(run, 'mapped-by-seven', 'mapped-by-eight');
  const leaves = perPage(run, 'mapped-by-eight', 'unmapped-by-eighth');
  const last = perPage(run, 'mapped-by-one', 'unmapped');
  const free = perPage(run, 'unmapped', 'freed');
  const verdict: Verdict =
    first + again + eighth + leaves + last === 0
      ? { word: 'free', tone: 'good' }
      : Math.max(eighth, leaves) <= GROWTH * Math.max(first, last)
        ? { word: 'constant', tone: 'mixed' }
        : { word: 'grows', tone: 'bad' };
  const operations = (value: number): string => formatFigure({ value, unit: 'operations' });
  const range = (from: number, to: number): string => (from === to ? operations(from) : `${operations(from)} to ${operations(to)}`);
  const figures = [
    ['charge', charge],
    ['map, first of all', first],
    ['map, again by its container', again],
    ['map, by an eighth container', eighth],
    ['unmap, by one of eight containers', leaves],
    ['unmap, last of all', last],
    ['free', free],
  ] as const;
  return {
    figures: figures.map(([label, value]) => ({ label, value, unit: 'operations' as const })),
    summary: `charge ${operations(charge)}, map ${range(first, eighth)}, unmap ${range(last, leaves)}`,
    verdict,
    evidence: [evidenceAt(run, 'mapped-by-eight')],
  };
}
