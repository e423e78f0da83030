import { nearest } from '../../../src-engine/base/nearest.ts';
import { SQL_VIEWS } from '../../../src-engine/record/sql-views.ts';
import { wordsOf } from './sql-text.ts';

/** Columns that are listed where none comes near; a view of counters has a hundred. */
const COLUMNS_LISTED_MAX = 24;
const LIST = 'the list of views (`memledger sql --views`) names every view and column';

/** What to write instead of a view or column that SQLite does not find (`no such table: stepz`); undefined for its other messages. */
export function unknownNameRemedy(sql: string, message: string): string | undefined {
  const [, what, name = ''] = /^no such (table|column): (.*)$/.exec(message) ?? [];
  if (what === undefined) return undefined;
  const words = wordsOf(sql);
  const asked = what === 'table' ? [] : SQL_VIEWS.filter((view) => words.has(view.name) || words.has(`${view.name}_in`));
  const names = what === 'table' ? SQL_VIEWS.map((view) => view.name) : asked.flatMap(({ columns }) => columns.map((column) => column.name));
  const bare = name.slice(name.lastIndexOf('.') + 1);
  // Two plurals apart, or with its unit: `memory_events`, `current`.
  const near = names.find((known) => known === `${bare}_bytes` || known === `${bare}_pages`) ?? nearest(bare, names);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  const [view, ...others] = asked;
  if (view === undefined || others.length > 0 || view.columns.length > COLUMNS_LISTED_MAX) return LIST;
  return `${view.name} has ${view.columns.map((column) => column.name).join(', ')}`;
}
