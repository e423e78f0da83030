import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch } from 'vue';
import type { ScenarioText } from '../../../src-main/lab/contract.ts';
import { useLab } from '../../lab.ts';
import { useNotices } from '../../notices.ts';
import { dropDraft, keepDraft, readDraft } from './draft.ts';
import { NEW_SCENARIO } from './new-scenario.ts';

const KEEP_DELAY_MS = 300;

/**
 * The text of one scenario in the editor: loaded, drafted into the browser's store at every pause, saved as revisions.
 * Undefined id: a scenario that is not in the library yet.
 */
export function useScenarioText(scenario_id: number | undefined) {
  const lab = useLab();
  const notices = useNotices();
  const saved = shallowRef<ScenarioText | null>(null);
  const text = ref('');
  const loaded = ref(false);
  /** The library has no such scenario. */
  const missing = ref(false);
  /** A draft from before the last reload stands in the editor. */
  const restored = ref(false);
  const saved_text = computed(() => saved.value?.text ?? NEW_SCENARIO);
  const dirty = computed(() => loaded.value && text.value !== saved_text.value);

  let timer: number | undefined;
  function keep(): void {
    window.clearTimeout(timer);
    timer = undefined;
    if (!loaded.value) return;
    if (!dirty.value) dropDraft(scenario_id);
    else if (!keepDraft(scenario_id, { text: text.value, revision_id: saved.value?.revision_id ?? null })) {
      notices.report([{ code: 'draft-not-kept', message: 'The browser has no room to keep the unsaved text.', remedy: 'Save it with Ctrl+S.' }]);
    }
  }
  watch(text, () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, KEEP_DELAY_MS);
  });
  onMounted(() => window.addEventListener('pagehide', keep));
  onBeforeUnmount(() => {
    window.removeEventListener('pagehide', keep);
    if (timer !== undefined) keep();
  });

  /** Loads the newest revision; a draft goes before it. */
  async function load(): Promise<void> {
    if (scenario_id !== undefined) {
      const answer = await lab.call('scenario', { scenario_id });
      missing.value = !answer.ok;
      if (!answer.ok) {
        // That there is none the view says itself.
        if (answer.errors[0]?.code !== 'no-such-scenario') notices.report(answer.errors);
        return;
      }
      saved.value = answer.value;
    }
    const draft = readDraft(scenario_id);
    restored.value = draft !== undefined && draft.text !== saved_text.value;
    text.value = draft?.text ?? saved_text.value;
    loaded.value = true;
  }

  /** Puts the text in order; its comments stay. A text with errors may have no form to be put into, and stays as it is; so does what was typed meanwhile. */
  async function format(): Promise<void> {
    const before = text.value;
    const formatted = await lab.call('formatScenario', { text: before });
    if (formatted.ok && text.value === before) text.value = formatted.value.text;
  }

  /** Saves the text as a revision, put in order first if that is wanted. Returns the scenario's id; undefined after an error. */
  async function save(formats: boolean): Promise<number | undefined> {
    if (formats) await format();
    const sent = text.value;
    const answer = await lab.ask('saveScenario', { text: sent, ...(scenario_id !== undefined && { scenario_id }) });
    if (answer === undefined) return undefined;
    restored.value = false;
    if (scenario_id === undefined) {
      dropDraft(undefined);
      loaded.value = false;
      return answer.scenario.id;
    }
    const reread = await lab.ask('scenario', { scenario_id });
    if (reread !== undefined) saved.value = reread;
    keep();
    return scenario_id;
  }

  /** Gives the unsaved changes up. */
  function discard(): void {
    text.value = saved_text.value;
    restored.value = false;
    keep();
  }

  /** Puts an older revision into the editor, as an unsaved change. */
  async function takeRevision(revision_id: number): Promise<void> {
    if (scenario_id === undefined) return;
    const older = await lab.ask('scenario', { scenario_id, revision_id });
    if (older !== undefined) text.value = older.text;
  }

  /** Takes up a revision that was saved elsewhere, unless something is unsaved here. */
  async function follow(revision_id: number): Promise<void> {
    if (loaded.value && !dirty.value && revision_id !== saved.value?.revision_id) await load();
  }

  return { saved, text, loaded, missing, restored, dirty, load, save, format, discard, takeRevision, follow };
}
