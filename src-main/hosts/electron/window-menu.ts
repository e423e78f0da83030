import { z } from 'zod';

/** What a window tells of itself: its commands in the order in which they are to stand, and the theme that the user chose. Checked by the host, whatever came. */
export const WINDOW_MENU = z.strictObject({
  theme: z.enum(['auto', 'light', 'dark']),
  commands: z
    .array(
      z.strictObject({
        id: z.string().max(100),
        title: z.string().max(200),
        group: z.string().max(100),
        /** The first key, as `canonicalChord` spells it: `Ctrl+Shift+p`, `Alt+ArrowLeft`, `]`; empty if it has none. */
        chord: z.string().max(50),
        enabled: z.boolean(),
      }),
    )
    .max(1000),
});
export type WindowMenu = z.output<typeof WINDOW_MENU>;
