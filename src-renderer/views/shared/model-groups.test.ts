import { expect, test } from 'vitest';
import type { ModelRow } from '../../../src-main/lab/contract.ts';
import { modelGroups } from './model-groups.ts';

const model = (id: string, date: string, pages = id): ModelRow => ({
  id,
  title: id,
  summary: '',
  date,
  source: '',
  axes: { pages, kernel: 'none', sockets: 'none', pins: 'none', removal: 'free' },
});
const SMEMCG: ModelRow = { ...model('smemcg', '2023'), axes: { pages: 'smemcg', kernel: 'objcg', sockets: 'unified', pins: 'smemcg', removal: 'zombie' } };
const MODELS = [
  SMEMCG,
  model('static', '2005'),
  model('rss', '2006'),
  model('memcg-v2', '2024', 'static'),
  model('ckrm', '2004–2005', 'static'),
  model('none', '—'),
];
const groupsOf = (named: readonly string[], chosen: readonly string[]) =>
  modelGroups(MODELS, named, chosen).map(({ title, choices }) => [title, choices.map(({ id }) => id)]);

test('named models come first, page policies and whole systems apart, the oldest first', () => {
  expect(groupsOf(['rss'], ['rss'])).toEqual([
    ['The scenario’s own', ['rss']],
    ['Page policies alone', ['static', 'none']],
    ['Systems and proposals, by date', ['ckrm', 'smemcg', 'memcg-v2']],
  ]);
});

test('a composition stands once: under the scenario if that names it, else by itself while it is chosen', () => {
  const mine = 'memcg-v2,sockets=separate';
  expect(groupsOf([mine], [mine])[0]).toEqual(['The scenario’s own', [mine]]);
  expect(groupsOf(['static'], ['static', mine])[1]).toEqual(['Composed', [mine]]);
  expect(groupsOf(['static'], ['static']).map(([title]) => title)).not.toContain('Composed');
});
