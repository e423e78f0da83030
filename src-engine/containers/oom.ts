/** oom_score_adj of a task that is never killed (include/uapi/linux/oom.h). */
export const OOM_SCORE_ADJ_MIN = -1000;

/** What the out-of-memory killer looks at of one task. */
export interface OomCandidate {
  readonly task: number;
  readonly rss_pages: number;
  readonly swap_pages: number;
  readonly page_table_bytes: number;
  /** oom_score_adj, −1000 (never) to 1000. */
  readonly adjustment: number;
}

/** `oom_badness()` of mm/oom_kill.c (6.12). `total_pages`: memory (and swap) that the kill is about. −Infinity: never to be killed. */
export function badness(candidate: OomCandidate, total_pages: number): number {
  if (candidate.adjustment === OOM_SCORE_ADJ_MIN) return Number.NEGATIVE_INFINITY;
  const points = candidate.rss_pages + candidate.swap_pages + Math.floor(candidate.page_table_bytes / 4096);
  return points + candidate.adjustment * Math.floor(total_pages / 1000);
}

/** `select_bad_process()`: the highest badness; of equals the one looked at last. Null if nobody can be killed. */
export function selectVictim(candidates: Iterable<OomCandidate>, total_pages: number): { readonly task: number; readonly points: number } | null {
  let chosen: { task: number; points: number } | null = null;
  for (const candidate of candidates) {
    const points = badness(candidate, total_pages);
    if (points === Number.NEGATIVE_INFINITY) continue;
    if (chosen === null || points >= chosen.points) chosen = { task: candidate.task, points };
  }
  return chosen;
}
