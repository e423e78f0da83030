import { plural } from '../../format.ts';

/** What is found by now. That nothing contradicts says something only of a whole table. */
export function foundWords({ missing, contradictions }: { readonly missing: number; readonly contradictions: number }): string {
  const found = `${plural(contradictions, 'cell')} ${contradictions === 1 ? 'contradicts' : 'contradict'} the SoftwareZones page`;
  if (missing === 0) return found;
  return `${plural(missing, 'cell')} not measured yet${contradictions === 0 ? '' : ` · ${found}`}`;
}
