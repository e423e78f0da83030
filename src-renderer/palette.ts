import { type ComputedRef, computed, type Ref, ref } from 'vue';

/** Colours for canvas charts, resolved from the CSS tokens of the theme that is shown. */
export interface Palette {
  /** Eight categorical colours in a fixed order. */
  readonly series: readonly string[];
  readonly background: string;
  readonly background_raised: string;
  readonly text: string;
  readonly text_muted: string;
  readonly line: string;
  readonly grid: string;
  readonly limit: string;
  readonly cursor: string;
  readonly accent: string;
  readonly selected: string;
  readonly good: string;
  readonly warning: string;
  readonly danger: string;
  readonly font_ui: string;
  readonly font_mono: string;
}

type ThemeChoice = 'auto' | 'light' | 'dark';

const STORAGE_KEY = 'memledger.theme';
const choice = ref<ThemeChoice>('auto');
const systemDark = ref(false);
const shown = computed(() => (choice.value === 'auto' ? (systemDark.value ? 'dark' : 'light') : choice.value));

/** The user's choice of theme, and the one that is shown now. */
export function useTheme(): { readonly choice: Ref<ThemeChoice>; readonly shown: Readonly<Ref<'light' | 'dark'>>; cycle(): void } {
  return {
    choice,
    shown,
    cycle: () => setTheme(choice.value === 'auto' ? 'light' : choice.value === 'light' ? 'dark' : 'auto'),
  };
}

/** Chooses a theme and keeps the choice. */
function setTheme(next: ThemeChoice): void {
  choice.value = next;
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  window.localStorage.setItem(STORAGE_KEY, next);
}

/** Takes up the kept choice and follows the system's. Called once, at start. */
export function startTheme(): void {
  const kept = window.localStorage.getItem(STORAGE_KEY);
  setTheme(kept === 'light' || kept === 'dark' ? kept : 'auto');
  const query = window.matchMedia('(prefers-color-scheme: dark)');
  systemDark.value = query.matches;
  query.addEventListener('change', () => {
    systemDark.value = query.matches;
  });
}

const palette = computed(() => {
  void shown.value;
  return paletteOfPage();
});

/** The palette of the theme that is shown now. One for all: reading it from the page makes the browser compute styles. */
export const usePalette = (): ComputedRef<Palette> => palette;

function paletteOfPage(): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  // A custom property computes to its text (`light-dark(…)`); only a colour property resolves it.
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    return style.color;
  };
  const palette: Palette = {
    series: Array.from({ length: 8 }, (_, index) => colour(`--chart-${index + 1}`)),
    background: colour('--bg'),
    background_raised: colour('--bg-raised'),
    text: colour('--text-1'),
    text_muted: colour('--text-3'),
    line: colour('--line'),
    grid: colour('--chart-grid'),
    limit: colour('--chart-limit'),
    cursor: colour('--chart-cursor'),
    accent: colour('--accent'),
    selected: colour('--bg-selected'),
    good: colour('--good'),
    warning: colour('--warning'),
    danger: colour('--danger'),
    font_ui: style.getPropertyValue('--font-ui'),
    font_mono: style.getPropertyValue('--font-mono'),
  };
  probe.remove();
  return palette;
}
