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
const TORN_DOWN =
  'The killer takes G’s task; the recording read its memory while it was being torn down, and how often the killer was asked meanwhile is a matter of time: 583 times on one kernel, 2,133 on the other. Here a victim is gone at once.';

export const REASONS: readonly Reason[] = [
  { scenario: 'protection-min', kernel: ANY, sample: /^tight$/, counter: /^P(\/G)? (current|anon|inactive_anon|active_anon|events\.oom)$/, why: TORN_DOWN },
];

/** The reason that a cell is outside its tolerance; null where none is known. */
export function reasonFor(scenario: string, kernel: string, sample: string, { path, counter }: Pick<FidelityCell, 'path' | 'counter'>): string | null {
  const place = `${path} ${counter}`;
  return (
    REASONS.find((reason) => reason.scenario === scenario && reason.kernel.test(kernel) && reason.sample.test(sample) && reason.counter.test(place))?.why ??
    null
  );
}
