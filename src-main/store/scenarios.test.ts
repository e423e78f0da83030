import { describe, expect, it } from 'vitest';
import { createScenarioStore, type ScenarioSummary } from './scenarios.ts';
import { testDatabase } from './test-database.ts';

const summary = (name: string): ScenarioSummary => ({ name, about: '', models: ['static'], error_count: 0 });

describe('scenario store', () => {
  it('keeps every text that was saved, each once', async () => {
    const store = createScenarioStore(await testDatabase());
    const id = await store.create({ text: 'one', summary: summary('One'), origin: 'user' });
    await store.revise(id, 'two', summary('Two'));
    await store.revise(id, 'one', summary('One'));
    const scenario = await store.read(id);
    expect(scenario).toMatchObject({ name: 'One', text: 'one', revision_count: 2, models: ['static'] });
    const older = scenario?.revisions.find((revision) => revision.id !== scenario.revision_id);
    expect(await store.read(id, older?.id)).toMatchObject({ text: 'two' });
  });

  it('shares one revision between scenarios of the same text', async () => {
    const store = createScenarioStore(await testDatabase());
    const first = await store.read(await store.create({ text: 'same', summary: summary('A'), origin: 'user' }));
    const second = await store.read(await store.create({ text: 'same', summary: summary('B'), origin: 'user' }));
    expect(first?.revision_id).toBe(second?.revision_id);
  });

  it('answers undefined for what is not there', async () => {
    const store = createScenarioStore(await testDatabase());
    expect(await store.read(7)).toBeUndefined();
    expect(await store.revise(7, 'x', summary('x'))).toBeUndefined();
    expect(await store.remove(7)).toBe(false);
    const id = await store.create({ text: 'x', summary: summary('x'), origin: 'user' });
    expect(await store.read(id, 99)).toBeUndefined();
  });

  it('finds a scenario by the file it came from', async () => {
    const store = createScenarioStore(await testDatabase());
    const id = await store.create({ text: 'x', summary: summary('x'), origin: 'import', source_path: '/tmp/x.yaml' });
    expect(await store.bySourcePath('/tmp/x.yaml')).toBe(id);
    expect(await store.bySourcePath('/tmp/y.yaml')).toBeUndefined();
  });

  it('knows the scenarios of the tables: the battery wherever it was read, and attacks', async () => {
    const store = createScenarioStore(await testDatabase());
    const create = (text: string, source_path?: string): Promise<number> =>
      store.create({ text, summary: summary(text), origin: 'user', ...(source_path !== undefined && { source_path }) });
    await create('name: my attack: of none');
    const battery = await create('name: flood', '/srv/memledger/examples/criteria/flood.yaml');
    const attack = await create('name: mine\nattack: { attacker: [A], victim: V }');
    await create('name: plain', '/srv/criteria/flood.yaml');
    expect(await store.ofTables()).toEqual([battery, attack]);
  });
});
