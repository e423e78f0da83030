import { computed, type Ref } from 'vue';
import type { PageMapMode } from '../../../src-engine/record/page-values.ts';
import type { ContainerView } from '../../../src-engine/record/run.ts';
import type { Palette } from '../../palette.ts';
import { lettersOf, type PageStyle, styleOf } from './page-styles.ts';

/** How the values of a map look. Containers in `first` have the colours that charts give them, in their order; the others follow. */
export function usePageStyles(
  mode: () => PageMapMode,
  palette: Readonly<Ref<Palette>>,
  containers: () => readonly Pick<ContainerView, 'id' | 'path'>[],
  placeOf: (container: Pick<ContainerView, 'id' | 'path'>) => number,
): Readonly<Ref<(value: number) => PageStyle>> {
  return computed(() => {
    const paths = new Map(containers().map(({ id, path }) => [id, path]));
    const places = new Map(containers().map((container) => [container.id, placeOf(container)]));
    const context = { mode: mode(), palette: palette.value, paths, places, letters: lettersOf(paths) };
    const known = new Map<number, PageStyle>();
    return (value) => {
      const style = known.get(value) ?? styleOf(value, context);
      known.set(value, style);
      return style;
    };
  });
}

/** Places of containers in the order of colours: those that charts have, then the others as they come. */
export function placesOf<Key>(charted: readonly Key[], all: readonly Key[]): ReadonlyMap<Key, number> {
  return new Map([...new Set([...charted, ...all])].map((key, place) => [key, place]));
}
