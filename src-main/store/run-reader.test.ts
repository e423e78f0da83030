import { expect, it } from 'vitest';
import { DamagedRecording } from '../../src-engine/record/run-blocks.ts';
import { testMeta, testNames } from '../../src-engine/record/test-streams.ts';
import { createRunReader } from './run-reader.ts';
import { createRunStore } from './runs.ts';
import { testDatabase, testRun } from './test-database.ts';

it('tells of a run that was removed while it was read, and of a piece that is missing', async () => {
  const database = await testDatabase();
  const runs = createRunStore(database);
  const id = await runs.create(testRun('nobody'));
  database.sqlite.prepare('update runs set meta = ?, names = ? where id = ?').run(JSON.stringify(testMeta), JSON.stringify(testNames), id);
  const reader = createRunReader(database, id);
  const told = (): unknown => {
    try {
      return reader?.readKeyframe(0);
    } catch (exception) {
      return exception instanceof DamagedRecording ? exception.error : exception;
    }
  };
  expect(told()).toMatchObject({ code: 'record.damaged', message: `The recording of run ${id} has no keyframe 0.` });
  database.sqlite.prepare('delete from runs where id = ?').run(id);
  expect(told()).toMatchObject({ code: 'no-such-run', message: `Run ${id} was removed from the library.` });
});
