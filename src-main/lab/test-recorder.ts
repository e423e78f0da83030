import { openWorkbench } from './workbench.ts';

/** Entry of a process for tests: records one run of a database, and may be killed while it does. Exit code 0: the run is complete. */
const [db_path = '', run_id = ''] = process.argv.slice(2);
const bench = await openWorkbench({ db_path });
const recorded = bench.ok ? await bench.value.record(Number(run_id)) : bench;
process.exit(recorded.ok && recorded.value.status === 'complete' ? 0 : 1);
