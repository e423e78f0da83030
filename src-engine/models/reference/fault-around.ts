import type { Given } from './given.ts';
import type { Area, Page } from './replay-state.ts';

/** Pages that one page table maps. */
const TABLE_PAGES = 512;

/** A read fault of a shared mapping, as far as the pages around it go. */
export interface AroundFault {
  readonly task: number;
  readonly area: Area;
  /** Page of the area that is asked for. */
  readonly index: number;
  /** `machine.fault-around`; 0 where a fault maps its page alone. */
  readonly stretch_pages: number;
  /** Whether mappings are charged, so that one may be left out for want of room. */
  readonly may_refuse: boolean;
  /** What the engine did next in this step. */
  readonly given: () => readonly Given[];
  readonly takeNext: () => void;
  readonly pageAt: (index: number) => Page;
  /** The next given fact is the mapping of this page: it is taken. */
  readonly map: (index: number) => void;
}

/**
 * What a read fault maps besides its page: of the aligned stretch around it what is resident and not mapped here yet, in address order, as far as the area and the page table go.
 * The engine must have mapped just that, but where its model charges mappings, or reclaim has taken the page meanwhile. Returns a page (of the engine) that it has left out, or null.
 */
export function takeAround({ task, area, index, stretch_pages, may_refuse, given, takeNext, pageAt, map }: AroundFault): number | null {
  if (stretch_pages <= 1) return null;
  const wanted = Array.from({ length: area.page_count }, (_, at) => at).filter(
    (at) =>
      at !== index && Math.floor(at / stretch_pages) === Math.floor(index / stretch_pages) && Math.floor(at / TABLE_PAGES) === Math.floor(index / TABLE_PAGES),
  );
  const isNext = (at: number): boolean => {
    const [fact] = given();
    return fact?.kind === 'map' && !fact.is_asked && fact.task === task && fact.engine_page === pageAt(at).engine_page;
  };
  // If the next mapping is one of these, what comes before it (what reclaim took since the last access, pages that changed their owner) has happened already.
  const catchUp = (): void => {
    const next = given().find((fact) => fact.kind === 'map' || fact.kind === 'page-in');
    const is_around = next?.kind === 'map' && !next.is_asked && next.task === task && wanted.some((at) => pageAt(at).engine_page === next.engine_page);
    while (is_around && given()[0] !== next) takeNext();
  };
  for (const at of wanted) {
    catchUp();
    const page = pageAt(at);
    if (!page.resident || area.present.has(at)) continue;
    const is_lost = given().some((fact) => fact.kind === 'evict' && fact.engine_page === page.engine_page);
    if (isNext(at)) map(at);
    else if (!may_refuse && !is_lost) return page.engine_page;
  }
  return null;
}
