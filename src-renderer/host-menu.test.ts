import { expect, it } from 'vitest';
import { menuCommands } from './host-menu.ts';

it('tells of each command once, as the one that its key would run', () => {
  const run = (): void => {};
  expect(
    menuCommands([
      { id: 'run.play', title: 'Play', group: 'Run', keys: ['Space'], run },
      { id: 'run.step', title: 'Step', group: 'Run', keys: ['T', '.'], when: () => false, run },
      { id: 'run.play', title: 'Play this one', group: 'Run', run },
    ]),
  ).toEqual([
    { id: 'run.play', title: 'Play this one', group: 'Run', chord: '', enabled: true },
    { id: 'run.step', title: 'Step', group: 'Run', chord: 'Shift+t', enabled: false },
  ]);
});
