import { COUNTERS, COUNTERS_V1, type CounterSpec, shownUnit } from './counters.ts';

/**
 * The name under which reports have a counter: that of the kernel, and a key of memory.events with its file, for `max` alone could as well be the limit memory.max.
 */
export const reportedName = ({ name, file }: Pick<CounterSpec, 'name' | 'file'>): string => (file === 'memory.events' ? `events.${name}` : name);

/** The one name by which a counter is shown and asked for: its reported name, and of a limit the file that it is written to (`events.max`, `memory.max`). */
export const counterLabel = (spec: CounterSpec): string => (spec.scope === 'setting' ? spec.meaning : reportedName(spec));

/** A name for a head of a table: without what the kernel begins many of its names with. */
export const shortName = (label: string): string => label.replace(/^workingset_|^memory\.(?=\w+_in_bytes$)/, '');

/** Name of a counter's column in CSV; limits stand as `limits.max`, as in the JSON of `run`. */
export const csvName = (spec: CounterSpec): string => (spec.scope === 'setting' ? spec.name.replace(/^limit_/, 'limits.') : reportedName(spec));

/** Name of a counter's column in SQL: without a dot, and with the unit, so that bytes and counts are told apart. */
export function sqlName(spec: CounterSpec): string {
  const name = reportedName(spec).replace('.', '_');
  return shownUnit(spec) === 'bytes' ? `${name}_bytes` : name;
}

/** The kernel's files that hold one counter each. */
const ONE_COUNTER_FILES = /^memory\.(?:current|peak|usage_in_bytes|max_usage_in_bytes|swap\.current)$/;

/** What a counter is called, best name first: by lists, by exports, by SQL, in the engine's table, and in the kernel with its file before it. */
function namesOf(spec: CounterSpec): readonly string[] {
  const file = ONE_COUNTER_FILES.test(spec.file) ? [spec.file] : [];
  const of_events = spec.file === 'memory.events' ? [`events ${spec.name}`, `memory.events.${spec.name}`] : [];
  return [counterLabel(spec), shortName(counterLabel(spec)), spec.name, csvName(spec), sqlName(spec), `${spec.file} ${spec.name}`, ...file, ...of_events];
}

/** No two counters share a name, in either version of cgroups: a test holds that. */
const BY_NAME: ReadonlyMap<string, CounterSpec> = new Map(
  [...COUNTERS, ...COUNTERS_V1].flatMap((spec) => namesOf(spec).map((name) => [name, COUNTERS[spec.index]] as const)),
);

/** A counter by any name that a list, an export, SQL or the kernel has for it: `events.max`, `max`, `memory.events max`, `limits.max`, `current_bytes`, `memory.current`. */
export const counterCalled = (name: string): CounterSpec | undefined => BY_NAME.get(name);

/** Every name that `counterCalled` knows, for those that are misspelt. */
export const COUNTER_NAMES: readonly string[] = [...BY_NAME.keys()];
