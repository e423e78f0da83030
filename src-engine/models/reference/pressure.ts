/** What a task did for a while: it ran, it reclaimed on its processor, or it slept for want of memory. */
export interface TaskTime {
  /** Containers that the task counts in: its own and all above. */
  readonly groups: readonly string[];
  readonly cpu: number;
  readonly from_ns: number;
  readonly to_ns: number;
  readonly doing: 'running' | 'reclaiming' | 'asleep';
}

/**
 * Stalled time of a group within a span, as plainly as kernel/sched/psi.c words its model: cut at every change, each processor looked at by itself, the processors
 * weighted by the time in which they had something to do.
 */
export function naiveStalls(times: readonly TaskTime[], group: string, from_ns: number, to_ns: number): { readonly some_ns: number; readonly full_ns: number } {
  const own = times.filter((time) => time.groups.includes(group));
  const cuts = [...new Set([from_ns, to_ns, ...own.flatMap((time) => [time.from_ns, time.to_ns])])].filter((cut) => cut >= from_ns && cut <= to_ns);
  cuts.sort((x, y) => x - y);
  let some_sum = 0n;
  let full_sum = 0n;
  let weight = 0n;
  for (const cpu of new Set(own.map((time) => time.cpu))) {
    let some = 0;
    let full = 0;
    let nonidle = 0;
    cuts.slice(1).forEach((end, index) => {
      const start = cuts[index];
      const here = own.filter((time) => time.cpu === cpu && time.from_ns <= start && time.to_ns >= end && time.to_ns > time.from_ns);
      if (here.length === 0) return;
      nonidle += end - start;
      if (here.every((time) => time.doing === 'running')) return;
      some += end - start;
      const is_reclaiming = here.some((time) => time.doing === 'reclaiming');
      const is_productive = here.some((time) => time.doing === 'running');
      if (is_reclaiming || !is_productive) full += end - start;
    });
    some_sum += BigInt(some) * BigInt(nonidle);
    full_sum += BigInt(full) * BigInt(nonidle);
    weight += BigInt(nonidle);
  }
  return weight === 0n ? { some_ns: 0, full_ns: 0 } : { some_ns: Number(some_sum / weight), full_ns: Number(full_sum / weight) };
}
