import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

type Step = Readonly<Record<string, unknown>>;
type Named = Readonly<Record<string, unknown>>;
interface Experiment {
  readonly containers: Named;
  readonly objects?: Named;
  readonly tasks: Readonly<Record<string, { readonly in: string }>>;
  readonly steps: readonly Step[];
}

/** What a name of an experiment is called where several share one boot. */
export const nameIn = (experiment: string, name: string): string => `${experiment}-${name}`;

const scenarioOf = (experiment: string): Experiment => parse(readFileSync(new URL(`scenarios/${experiment}.yaml`, import.meta.url), 'utf8')) as Experiment;

/** Keys of a step that name a container or a task, and those that name an object in these experiments. */
const NAMES: ReadonlySet<string> = new Set(['by', 'to', 'remove', 'set', 'exit', 'move', 'sample']);
const TARGETS: ReadonlySet<string> = new Set(['read', 'write', 'map', 'send', 'receive']);

function renamedStep(experiment: string, step: Step): Step {
  const entries = Object.entries(step).map(([key, value]) => [key, NAMES.has(key) || TARGETS.has(key) ? nameIn(experiment, `${value}`) : value]);
  return Object.fromEntries(entries) as Step;
}

/**
 * Experiments as one scenario, one after another: a boot under emulation takes longer than what they do. Each has containers, objects and tasks of its own, so that none charges what
 * another reads; no container stands above those of an experiment, which would share its protection out.
 */
export function inOneBoot(experiments: readonly string[]): string {
  const scenarios = experiments.map((name) => [name, scenarioOf(name)] as const);
  const all = (named: (scenario: Experiment) => Named): Named =>
    Object.fromEntries(scenarios.flatMap(([name, scenario]) => Object.entries(named(scenario)).map(([key, value]) => [nameIn(name, key), value])));
  const tasks = scenarios.flatMap(([name, scenario]) =>
    Object.entries(scenario.tasks).map(([task, { in: container }]) => [nameIn(name, task), { in: nameIn(name, container) }]),
  );
  return stringify({
    memledger: 1,
    name: experiments.join(', '),
    machine: { memory: '512MiB', 'charge-stock': true, 'kernel-memory': true },
    containers: all(({ containers }) => containers),
    objects: all(({ objects = {} }) => objects),
    tasks: Object.fromEntries(tasks),
    steps: scenarios.flatMap(([name, { steps }]) => steps.map((step) => renamedStep(name, step))),
  });
}
