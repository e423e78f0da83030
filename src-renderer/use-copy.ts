import { onScopeDispose } from 'vue';
import { useNotices } from './notices.ts';

/**
 * A function that puts text on the clipboard and then tells `what` was copied: `Copied 3 rows as CSV.`
 * Text that is still on its way when the component goes is not copied: the user is elsewhere by then. Undefined: there is none, of which the user has been told.
 */
export function useCopy(): (text: string | undefined | Promise<string | undefined>, what: string) => Promise<void> {
  const notices = useNotices();
  let gone = false;
  onScopeDispose(() => {
    gone = true;
  });
  return async (text, what) => {
    const copied = await text;
    if (copied === undefined || gone) return;
    try {
      await navigator.clipboard.writeText(copied);
    } catch (cause) {
      notices.report([
        {
          code: 'no-clipboard',
          message: `Nothing was copied: ${cause instanceof Error ? cause.message : 'the clipboard cannot be written'}`,
          remedy: 'Put the focus into this window and allow it to write the clipboard.',
        },
      ]);
      return;
    }
    notices.tell(`Copied ${what}.`, { tone: 'good' });
  };
}
