import type { FidelityCell } from '../src-engine/compare/fidelity.ts';

/** Why cells of a recording cannot agree with the simulator as it is. The first that fits counts. */
interface Reason {
  readonly scenario: string;
  readonly kernel: RegExp;
  readonly sample: RegExp;
  readonly counter: RegExp;
  readonly why: string;
}

const ANY = /./;
const FULL_WALK =
  'On 6.1 reclaim for a container visits all containers below it in each pass; 6.12 stops once it has what it wants and goes on there the next time (shrink_node_memcgs, mm/vmscan.c), and so does the simulator. The passes are fewer on 6.1, and C and D lose other parts on the way. With full walks in the simulator these cells agree.';
const SECOND_FAULT =
  'Linux 6.1 counts a fault that waits for the disk again when it is taken up (handle_mm_fault, mm/memory.c); from 6.4 on it is counted once, as here.';
const TORN_DOWN =
  'The killer takes G’s task; the recording read its memory while it was being torn down, and how often the killer was asked meanwhile is a matter of time: 583 times on one kernel, 2,133 on the other. Here a victim is gone at once.';

export const REASONS: readonly Reason[] = [
  { scenario: 'protection-min', kernel: ANY, sample: /^tight$/, counter: /^P(\/G)? (current|anon|inactive_anon|active_anon|events\.oom)$/, why: TORN_DOWN },
  { scenario: 'protection-min', kernel: /^linux 6\.1\./, sample: /^(pressed|tight)$/, counter: /^P( events\.max|\/B\/[CD] )/, why: FULL_WALK },
  { scenario: 'pss', kernel: /^linux 6\.1\./, sample: ANY, counter: /^A pgfault$/, why: SECOND_FAULT },
];

/** The reason that a cell is outside its tolerance; null where none is known. */
export function reasonFor(scenario: string, kernel: string, sample: string, { path, counter }: Pick<FidelityCell, 'path' | 'counter'>): string | null {
  const place = `${path} ${counter}`;
  return (
    REASONS.find((reason) => reason.scenario === scenario && reason.kernel.test(kernel) && reason.sample.test(sample) && reason.counter.test(place))?.why ??
    null
  );
}
