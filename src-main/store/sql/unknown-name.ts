import { nearest } from '../../../src-engine/base/nearest.ts';
import { counterCalled, sqlName } from '../../../src-engine/record/counter-names.ts';
import { SQL_VIEWS } from '../../../src-engine/record/sql-views.ts';
import { wordsOf } from './sql-text.ts';

/** Columns that are listed where none comes near; a view of counters has a hundred. */
const COLUMNS_LISTED_MAX = 24;
const LIST = 'the list of views (`memledger sql --views`) names every view and column';

/** What to write instead of a view or column that SQLite does not find (`no such table: stepz`); undefined for its other messages. */
export function unknownNameRemedy(sql: string, message: string): string | undefined {
  // What stands in double quotes is taken for a text that should have single ones: `"memory.max" - should this be …`.
  const [, what, name = ''] = /^no such (table|column): "?(.*?)(?:" - should this be .*)?$/.exec(message) ?? [];
  if (what === undefined) return undefined;
  const words = wordsOf(sql);
  const asked = what === 'table' ? [] : SQL_VIEWS.filter((view) => words.has(view.name) || words.has(`${view.name}_in`));
  const names = what === 'table' ? SQL_VIEWS.map((view) => view.name) : asked.flatMap(({ columns }) => columns.map((column) => column.name));
  const bare = name.slice(name.lastIndexOf('.') + 1);
  // A counter by a name that reports or the kernel have for it (`memory.max`), without its unit (`current`), or two plurals apart (`memory_events`).
  const counter = counterCalled(name) ?? counterCalled(bare);
  const column = counter === undefined ? undefined : names.find((known) => known === sqlName(counter));
  const near = column ?? names.find((known) => known === `${bare}_bytes` || known === `${bare}_pages`) ?? nearest(bare, names);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  const [view, ...others] = asked;
  if (view === undefined || others.length > 0 || view.columns.length > COLUMNS_LISTED_MAX) return LIST;
  return `${view.name} has ${view.columns.map((column) => column.name).join(', ')}`;
}
