import type { ModelRow } from '../../../src-main/lab/contract.ts';

/** A model that can be chosen. */
export interface ModelChoice {
  readonly id: string;
  /** Empty of a composed one, as are all the words below. */
  readonly title: string;
  readonly summary: string;
  /** When it was proposed or shipped. */
  readonly date: string;
  readonly source: string;
}

export interface ModelGroup {
  readonly title: string;
  readonly choices: readonly ModelChoice[];
}

/** A model that is a page policy and nothing else. */
const isBare = ({ id, axes }: ModelRow): boolean => id === axes.pages && axes.kernel === 'none' && axes.sockets === 'none' && axes.pins === 'none';
/** First year that a date names; dates without one stand last. */
const yearOf = ({ date }: ModelChoice): number => Number(/\d{4}/.exec(date)?.[0] ?? Number.POSITIVE_INFINITY);

/** Its name says all of it. */
const composed = (id: string): ModelChoice => ({ id, title: '', summary: '', date: '', source: '' });

/**
 * The models in groups: those of the scenario (which has `static` where it names none), in its order; those composed by the user; page policies alone; whole systems, the oldest first.
 * No model stands in two of them.
 */
export function modelGroups(models: readonly ModelRow[], named: readonly string[], chosen: readonly string[]): readonly ModelGroup[] {
  const known = new Map<string, ModelChoice>(models.map((model) => [model.id, model]));
  const others = models.filter(({ id }) => !named.includes(id));
  const groups: readonly ModelGroup[] = [
    { title: 'The scenario’s own', choices: named.map((id) => known.get(id) ?? composed(id)) },
    { title: 'Composed', choices: chosen.filter((id) => !named.includes(id) && !known.has(id)).map(composed) },
    { title: 'Page policies alone', choices: others.filter(isBare) },
    { title: 'Systems and proposals, by date', choices: others.filter((model) => !isBare(model)).sort((a, b) => yearOf(a) - yearOf(b)) },
  ];
  return groups.filter(({ choices }) => choices.length > 0);
}
