import type { ComparisonRow } from '../lab/sharing-contract.ts';
import type { Database } from './database.ts';

export interface NewComparison {
  readonly name: string;
  /** In the order in which they are shown. */
  readonly run_ids: readonly number[];
  /** One of them. */
  readonly baseline_run_id: number;
  /** What it is to show; may be empty. */
  readonly note: string;
}

/** Saved comparisons: sets of runs. */
export interface ComparisonStore {
  /** Newest first. */
  list(): Promise<readonly ComparisonRow[]>;
  save(comparison: NewComparison): Promise<ComparisonRow>;
  /** Writes another note on one; false where it is not there. */
  annotate(comparison_id: number, note: string): Promise<boolean>;
  remove(comparison_id: number): Promise<boolean>;
}

/** Comparisons of a library. One whose runs are deleted down to one goes with them (migration 0002). */
export function createComparisonStore({ kysely }: Database): ComparisonStore {
  return {
    async list() {
      const rows = await kysely.selectFrom('comparisons').selectAll().orderBy('id', 'desc').execute();
      const members = await kysely.selectFrom('comparison_runs').selectAll().orderBy('position').execute();
      return rows.map(({ baseline_run_id, ...row }) => {
        const run_ids = members.filter(({ comparison_id }) => comparison_id === row.id).map(({ run_id }) => run_id);
        return { ...row, run_ids, baseline_run_id: baseline_run_id ?? run_ids[0] ?? 0 };
      });
    },

    save: ({ name, run_ids, baseline_run_id, note }) =>
      kysely.transaction().execute(async (transaction) => {
        const row = await transaction
          .insertInto('comparisons')
          .values({ name, baseline_run_id, note, created_at: new Date().toISOString() })
          .returning(['id', 'created_at'])
          .executeTakeFirstOrThrow();
        for (const [position, run_id] of run_ids.entries())
          await transaction.insertInto('comparison_runs').values({ comparison_id: row.id, position, run_id }).execute();
        return { ...row, name, run_ids, baseline_run_id, note };
      }),

    async annotate(comparison_id, note) {
      const { numUpdatedRows } = await kysely.updateTable('comparisons').set({ note }).where('id', '=', comparison_id).executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    async remove(comparison_id) {
      const { numDeletedRows } = await kysely.deleteFrom('comparisons').where('id', '=', comparison_id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}
