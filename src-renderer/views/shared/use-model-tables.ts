import { computed, onScopeDispose, type Ref, shallowRef } from 'vue';
import type { LabNotice } from '../../../src-main/lab/contract.ts';
import { useLab } from '../../lab.ts';
import { useReadAgain } from './use-read-again.ts';

export interface ModelTables<Table> {
  /** What is read so far: tables of a few models each, in the order of the models. */
  readonly tables: Readonly<Ref<readonly Table[]>>;
  /** Whether some models are still to be read. */
  readonly is_partial: Readonly<Ref<boolean>>;
}

/**
 * A table over all presets, read again as the recordings tell. Reading all of it for the first time takes seconds, so that it is asked for `piece_size` models at a time.
 * @param tells whether the table may read otherwise after a notice
 */
export function useModelTables<Table>(
  piece_size: number,
  read: (models: string[]) => Promise<Table | undefined>,
  tells: (notice: LabNotice) => boolean,
): ModelTables<Table> {
  const lab = useLab();
  const tables = shallowRef<readonly Table[]>([]);
  const piece_count = shallowRef(Number.POSITIVE_INFINITY);
  let gone = false;
  const again = useReadAgain(async () => {
    const models = ((await lab.ask('models', {})) ?? []).map(({ id }) => id);
    for (let piece = 0; piece * piece_size < models.length; piece++) {
      const answer = gone ? undefined : await read(models.slice(piece * piece_size, (piece + 1) * piece_size));
      if (answer === undefined) return;
      tables.value = piece < tables.value.length ? tables.value.with(piece, answer) : [...tables.value, answer];
      piece_count.value = Math.ceil(models.length / piece_size);
    }
  });
  onScopeDispose(
    lab.subscribe((notice) => {
      if (tells(notice)) again();
    }),
  );
  onScopeDispose(() => {
    gone = true;
  });
  again();
  return { tables, is_partial: computed(() => tables.value.length < piece_count.value) };
}
