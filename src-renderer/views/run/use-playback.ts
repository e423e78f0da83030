import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { defaultSpeed, type Playback, startPlayback } from './playback.ts';
import type { RunSession } from './run-session.ts';

/** Plays the run: moves the cursor with the clock until the end or until told to stop. Any other move stops it too. */
export function usePlayback(session: RunSession): {
  readonly playing: Readonly<ShallowRef<boolean>>;
  readonly speed: ShallowRef<number>;
  toggle(): void;
  stop(): void;
} {
  const playing = shallowRef(false);
  const speed = shallowRef(1);
  let playback: Playback | undefined;
  watch(session.loaded, (loaded) => {
    if (loaded !== undefined) speed.value = defaultSpeed(loaded.opened.event_count);
  });

  const eventCount = (): number => session.loaded.value?.opened.event_count ?? 0;
  function begin(): void {
    playback = startPlayback(session.cursor.value, performance.now(), speed.value, eventCount());
  }
  function tick(now_ms: number): void {
    if (!playing.value || playback === undefined) return;
    const event = playback.eventAt(now_ms);
    if (event !== session.cursor.value) session.seek({ event });
    if (event >= eventCount()) playing.value = false;
    else requestAnimationFrame(tick);
  }
  function stop(): void {
    playing.value = false;
  }
  // A changed speed goes on from where it is.
  watch(speed, () => {
    if (playing.value) begin();
  });
  onScopeDispose(stop);
  return {
    playing,
    speed,
    stop,
    toggle() {
      if (playing.value) return stop();
      if (session.loaded.value === undefined) return;
      // At the end there is nothing to play: once more from the start.
      if (session.cursor.value >= eventCount()) session.seek({ event: 0 });
      playing.value = true;
      begin();
      requestAnimationFrame(tick);
    },
  };
}
