import { rulesInWords } from '../models/rules-in-words.ts';
import { compileScenario } from '../scenario/compile.ts';
import { parseScenario } from '../scenario/parse.ts';
import { simulate } from '../simulate.ts';
import { COUNTER, type CounterName } from './counters.ts';
import { recordInMemory } from './memory-run.ts';
import { createPlayer } from './player.ts';
import { createRunSearch, type RunSearch } from './run-search.ts';
import { createRunWords, type RunWords } from './run-words.ts';
import { plainCompressor } from './test-compressor.ts';
import { type CounterWhy, type PageWhy, whyCounter, whyPage } from './why.ts';

const at_once = async (): Promise<void> => {};

/** A scenario that was run, to be asked for reasons in tests. */
export interface Told {
  readonly run: RunSearch;
  readonly words: RunWords;
  readonly event_count: number;
  page(object: string, index: number, at?: number): Promise<PageWhy>;
  counter(path: string, counter: CounterName, at?: number): Promise<CounterWhy>;
}

/** A scenario under a model, recorded in memory. Throws where it does not run. */
export function told(scenario: string, model: string): Told {
  const parsed = parseScenario(scenario);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  const recording: { run?: ReturnType<typeof recordInMemory> } = {};
  const begun = () => {
    if (recording.run === undefined) throw new Error('nothing was recorded');
    return recording.run;
  };
  const outcome = simulate(program.value, model, {
    begin: (meta, names) => {
      recording.run = recordInMemory(meta, names, plainCompressor);
    },
    seal: (columns, count) => begun().sink.seal(columns, count),
    sample: (sample) => begun().sink.sample(sample),
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
  const { reader } = begun();
  const player = createPlayer(reader, plainCompressor);
  if (!player.ok) throw new Error(JSON.stringify(player.errors));
  const last = player.value.seek({ event: player.value.event_count });
  const words = createRunWords(reader.meta, reader.names, last, outcome.value.summary.expectations);
  const rules = rulesInWords(reader.meta.model);
  const run = createRunSearch(reader, plainCompressor);
  const { event_count } = player.value;
  return {
    run,
    words,
    event_count,
    page(object, index, at = event_count) {
      const found = run.parts.objects.objects.find(({ name }) => reader.names.objects[name] === object);
      return whyPage(run.parts, words, rules, (found?.base ?? 0) + index, at, scenario.split('\n'), at_once);
    },
    counter(path, counter, at = event_count) {
      const id = last.containers.find((container) => container.path === path)?.id ?? -1;
      return whyCounter(run.parts, words, rules, id, COUNTER[counter], at, at_once);
    },
  };
}
