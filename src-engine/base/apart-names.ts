/** What has a name that another may have too. */
interface Named {
  readonly id: number;
  readonly name: string;
}

/** Ids of scenarios whose name another one has. */
export function namesakes(scenarios: readonly Named[]): ReadonlySet<number> {
  const counts = new Map<string, number>();
  for (const { name } of scenarios) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set(scenarios.flatMap(({ id, name }) => (counts.get(name) === 1 ? [] : [id])));
}

/** The name of a scenario, or of a run of it, in lists: with the scenario's number where that has `namesakes`. */
export const apartName = ({ id, name }: Named, all: ReadonlySet<number>): string => (all.has(id) ? `${name} (scenario ${id})` : name);
