import { simulate } from '../../src-engine/simulate.ts';
import { completeEnd } from '../../src-main/lab/record-trace.ts';
import { openRecording } from '../../src-main/lab/recording.ts';
import { compileText } from '../../src-main/lab/scenario-text.ts';
import { openDatabase } from '../../src-main/store/database.ts';
import { processIdentity } from '../../src-main/store/process-identity.ts';
import { createRunStore } from '../../src-main/store/runs.ts';
import { createScenarioStore } from '../../src-main/store/scenarios.ts';
import { must } from './scratch.ts';

const NAME = 'One of many';
const TEXT = `memledger: 1
name: ${NAME}
containers: { A: { max: 4MiB } }
objects:
  data: { file: 8MiB }
tasks:
  a: { in: A }
steps:
  - { read: data, by: a }
models: [static]
`;

/** Fills a new database with `run_count` recorded runs of a small scenario. Returns the scenario's name. */
export async function fillLibrary(db_path: string, run_count: number): Promise<string> {
  const database = must(await openDatabase(db_path));
  const runs = createRunStore(database);
  const scenario_id = await createScenarioStore(database).create({
    text: TEXT,
    summary: { name: NAME, about: '', models: ['static'], error_count: 0 },
    origin: 'user',
  });
  const program = must(compileText(TEXT, null));
  const recorder = processIdentity();
  for (let count = 0; count < run_count; count++) {
    const run_id = await runs.create({ scenario_id, scenario_name: NAME, revision_id: null, base_dir: null, source: 'engine', model: 'static', recorder });
    const recording = openRecording(database, run_id, null);
    const outcome = must(
      simulate(program, 'static', {
        begin: (meta, names) => void recording.begin(meta, names),
        seal(columns, event_count) {
          const trouble = recording.block(columns, event_count, null, { step_count: 1, access_count: program.access_count });
          if (trouble !== null) throw new Error(trouble.message);
          return columns;
        },
        sample: recording.sample,
      }),
    );
    await runs.end(run_id, completeEnd(outcome.summary, recording, 1));
  }
  database.close();
  return NAME;
}
