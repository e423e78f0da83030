import { createHash } from 'node:crypto';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { ScenarioRow, ScenarioText } from '../lab/contract.ts';
import type { Database } from './database.ts';
import type { ScenariosTable, Tables } from './schema.ts';

/** What a list shows of a scenario without reading its text; worked out by the lab when the text is saved. */
export interface ScenarioSummary {
  readonly name: string;
  readonly about: string;
  readonly models: readonly string[];
  readonly error_count: number;
}

export interface NewScenario {
  readonly text: string;
  readonly summary: ScenarioSummary;
  readonly origin: ScenarioRow['origin'];
  /** Absolute path of the file it was read from. */
  readonly source_path?: string;
}

export interface ShippedExample {
  readonly sha256: string;
  /** Null: the user deleted it. */
  readonly scenario_id: number | null;
}

export interface ScenarioStore {
  list(): Promise<readonly ScenarioRow[]>;
  /** A scenario with its current text, or that of one of its revisions. Undefined: there is none. */
  read(scenario_id: number, revision_id?: number): Promise<(ScenarioText & { readonly source_path: string | null }) | undefined>;
  create(scenario: NewScenario): Promise<number>;
  /** Makes `text` the current revision. The same text twice is one revision. Undefined: there is no such scenario. */
  revise(scenario_id: number, text: string, summary: ScenarioSummary): Promise<number | undefined>;
  /** Keeps a text that is no revision of any scenario, for runs to refer to; answers its id. The same text twice is one. */
  keepText(text: string): Promise<number>;
  /** Id of a kept text; undefined: it is not kept. */
  idOfText(text: string): Promise<number | undefined>;
  remove(scenario_id: number): Promise<boolean>;
  bySourcePath(source_path: string): Promise<number | undefined>;
  /** The oldest scenario whose current text is this one; undefined: there is none. */
  byText(text: string): Promise<{ readonly id: number; readonly name: string } | undefined>;
  /** Ids of the scenarios that the tables of criteria and of attacks are made of: the battery as it is shipped, and every attack. */
  ofTables(): Promise<readonly number[]>;
  /** Current text's hash, or undefined. */
  currentHash(scenario_id: number): Promise<string | undefined>;
  /** The shipped examples by file name, as they last went into the library. */
  shipped(): Promise<ReadonlyMap<string, ShippedExample>>;
  setShipped(file_name: string, example: ShippedExample): Promise<void>;
}

/** Whether a scenario's text has the key that makes it an attack. */
export const isAttackText = (text: string): boolean => /^attack\s*:/m.test(text);

/** Where the battery of the criteria is shipped, in whichever clone it was read. */
const BATTERY_PATH = '%/examples/criteria/%.yaml';

/** Hash under which a text is kept. */
export const textHash = (text: string): string => createHash('sha256').update(text).digest('hex');

const ROW = ['id', 'name', 'about', 'origin', 'revision_id', 'updated_at', 'models', 'error_count'] as const;

const toRow = (row: Pick<Selectable<ScenariosTable>, (typeof ROW)[number]>, revision_count: number): ScenarioRow => ({
  ...row,
  models: JSON.parse(row.models) as string[],
  revision_count,
});

const columnsOf = (summary: ScenarioSummary) => ({ ...summary, models: JSON.stringify(summary.models) });

/** Scenarios and their revisions. Nothing that was saved is overwritten. */
export function createScenarioStore({ kysely }: Database): ScenarioStore {
  /** Puts a text under its hash and into the scenario's history; answers its id. */
  async function addRevision(transaction: Transaction<Tables>, scenario_id: number | undefined, text: string, created_at: string): Promise<number> {
    const sha256 = textHash(text);
    await transaction
      .insertInto('revisions')
      .values({ sha256, text })
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .execute();
    const { id } = await transaction.selectFrom('revisions').select('id').where('sha256', '=', sha256).executeTakeFirstOrThrow();
    if (scenario_id !== undefined) await link(transaction, scenario_id, id, created_at);
    return id;
  }

  async function link(transaction: Transaction<Tables>, scenario_id: number, revision_id: number, created_at: string): Promise<void> {
    await transaction
      .insertInto('scenario_revisions')
      .values({ scenario_id, revision_id, created_at })
      .onConflict((conflict) => conflict.columns(['scenario_id', 'revision_id']).doNothing())
      .execute();
  }

  const counts = (db: Kysely<Tables>) =>
    db
      .selectFrom('scenario_revisions')
      .select(({ fn }) => ['scenario_id', fn.countAll<number>().as('revision_count')])
      .groupBy('scenario_id');

  return {
    async list() {
      const count_of = new Map((await counts(kysely).execute()).map((row) => [row.scenario_id, row.revision_count]));
      const rows = await kysely.selectFrom('scenarios').select(ROW).orderBy('updated_at', 'desc').orderBy('id').execute();
      return rows.map((row) => toRow(row, count_of.get(row.id) ?? 0));
    },

    async read(scenario_id, revision_id) {
      const row = await kysely
        .selectFrom('scenarios')
        .select([...ROW, 'source_path'])
        .where('id', '=', scenario_id)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { source_path, ...rest } = row;
      const revisions = await kysely
        .selectFrom('scenario_revisions')
        .innerJoin('revisions', 'revisions.id', 'scenario_revisions.revision_id')
        .select(['revisions.id', 'scenario_revisions.created_at', 'revisions.sha256'])
        .where('scenario_id', '=', scenario_id)
        .orderBy('scenario_revisions.created_at', 'desc')
        .orderBy('revisions.id', 'desc')
        .execute();
      const wanted = revision_id ?? row.revision_id;
      if (!revisions.some((revision) => revision.id === wanted)) return undefined;
      const { text } = await kysely.selectFrom('revisions').select('text').where('id', '=', wanted).executeTakeFirstOrThrow();
      return { ...toRow(rest, revisions.length), source_path, text, revisions };
    },

    create: ({ text, summary, origin, source_path }) =>
      kysely.transaction().execute(async (transaction) => {
        const now = new Date().toISOString();
        const revision_id = await addRevision(transaction, undefined, text, now);
        const { id } = await transaction
          .insertInto('scenarios')
          .values({ ...columnsOf(summary), origin, source_path: source_path ?? null, revision_id, created_at: now, updated_at: now })
          .returning('id')
          .executeTakeFirstOrThrow();
        await link(transaction, id, revision_id, now);
        return id;
      }),

    revise: (scenario_id, text, summary) =>
      kysely.transaction().execute(async (transaction) => {
        const row = await transaction.selectFrom('scenarios').select('revision_id').where('id', '=', scenario_id).executeTakeFirst();
        if (row === undefined) return undefined;
        const now = new Date().toISOString();
        const revision_id = await addRevision(transaction, scenario_id, text, now);
        if (revision_id !== row.revision_id) {
          await transaction
            .updateTable('scenarios')
            .set({ ...columnsOf(summary), revision_id, updated_at: now })
            .where('id', '=', scenario_id)
            .execute();
        }
        return revision_id;
      }),

    keepText: (text) => kysely.transaction().execute((transaction) => addRevision(transaction, undefined, text, '')),

    async idOfText(text) {
      return (await kysely.selectFrom('revisions').select('id').where('sha256', '=', textHash(text)).executeTakeFirst())?.id;
    },

    async remove(scenario_id) {
      const { numDeletedRows } = await kysely.deleteFrom('scenarios').where('id', '=', scenario_id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    async bySourcePath(source_path) {
      return (await kysely.selectFrom('scenarios').select('id').where('source_path', '=', source_path).executeTakeFirst())?.id;
    },

    byText: (text) =>
      kysely
        .selectFrom('scenarios')
        .innerJoin('revisions', 'revisions.id', 'scenarios.revision_id')
        .select(['scenarios.id', 'name'])
        .where('sha256', '=', textHash(text))
        .orderBy('scenarios.id')
        .executeTakeFirst(),

    async ofTables() {
      const battery = kysely.selectFrom('scenarios').select('id').where('source_path', 'like', BATTERY_PATH).execute();
      const attacks = kysely
        .selectFrom('scenarios')
        .innerJoin('revisions', 'revisions.id', 'scenarios.revision_id')
        .select(['scenarios.id', 'text'])
        .where('text', 'like', '%attack%:%')
        .execute();
      return [...(await battery), ...(await attacks).filter(({ text }) => isAttackText(text))].map(({ id }) => id);
    },

    async currentHash(scenario_id) {
      const row = await kysely
        .selectFrom('scenarios')
        .innerJoin('revisions', 'revisions.id', 'scenarios.revision_id')
        .select('sha256')
        .where('scenarios.id', '=', scenario_id)
        .executeTakeFirst();
      return row?.sha256;
    },

    async shipped() {
      const rows = await kysely.selectFrom('shipped_examples').selectAll().execute();
      return new Map(rows.map(({ file_name, ...example }) => [file_name, example]));
    },

    async setShipped(file_name, example) {
      await kysely
        .insertInto('shipped_examples')
        .values({ file_name, ...example })
        .onConflict((conflict) => conflict.column('file_name').doUpdateSet(example))
        .execute();
    },
  };
}
