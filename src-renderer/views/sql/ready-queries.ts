/** A query that is ready to be asked. */
export interface ReadyQuery {
  readonly title: string;
  readonly sql: string;
}

/** Queries that a maintainer of memcg asks first. Each is one over any runs. */
export const READY_QUERIES: readonly ReadyQuery[] = [
  {
    title: 'Who pays for each object at the end',
    sql: `select run, object, container, bytes
from owners
order by run, object, bytes desc`,
  },
  {
    title: 'Charged and uncharged by container',
    sql: `select run, container, sum(charged) as charged_bytes, sum(uncharged) as uncharged_bytes, sum(charged) - sum(uncharged) as left_bytes
from (
  select run, container, bytes as charged, 0 as uncharged from charges
  union all
  select run, container, 0, bytes from uncharges
)
group by run, container`,
  },
  {
    title: 'current of every container, step by step',
    sql: `select step, run, container, current_bytes, peak_bytes, limit_max_bytes
from counters
where alive
order by run, step, container`,
  },
  {
    title: 'Reclaim efficiency by container and reason',
    sql: `select run, container, reason, count(*) as passes,
  sum(scanned_pages) as scanned, sum(reclaimed_pages) as reclaimed,
  round(100.0 * sum(reclaimed_pages) / nullif(sum(scanned_pages), 0), 1) as percent
from reclaim_passes
group by run, container, reason
order by scanned desc`,
  },
  {
    title: 'Longest reclaim passes',
    sql: `select event, run, container, task, reason, duration_ns, scanned_pages, reclaimed_pages, priority_min
from reclaim_passes
order by duration_ns desc
limit 50`,
  },
  {
    title: 'Refaults by container and object, with their distances',
    sql: `select run, container, object, count(*) as refaults,
  min(refault_distance) as nearest, avg(refault_distance) as mean, max(refault_distance) as farthest
from refaults
group by run, container, object
order by refaults desc`,
  },
  {
    title: 'Evictions by whom they hit, step by step',
    sql: `select step, run, container, count(*) as evicted_pages, sum(swapout) as to_swap
from evictions
group by run, step, container
order by run, step`,
  },
  {
    title: 'Foreign charges: brought in by a task of another container',
    sql: `select c.run, t.container as task_of, c.container as charged_to, c.object, count(*) as pages, sum(c.bytes) as bytes
from charges c join tasks t on t.run = c.run and t.task = c.task
where t.container is not c.container
group by 1, 2, 3, 4
order by bytes desc`,
  },
  {
    title: 'memory.events by container',
    sql: `select run, container, key, count(*) as times, min(step) as first_step
from memory_event
group by run, container, key
order by run, container`,
  },
  {
    title: 'Kills, with their badness',
    sql: `select event, run, step, container, task, badness, describe(run, event) as in_words
from kills`,
  },
  {
    title: 'What failed or was skipped',
    sql: `select event, run, step, kind, task, container, coalesce(errno, reason) as why
from failures
order by run, event`,
  },
  {
    title: 'Pressure: levels over time',
    sql: `select event, run, time_ns, container, level, scanned_pages, reclaimed_pages
from vmpressure
order by run, event`,
  },
  {
    title: 'Charges that stay with removed containers',
    sql: `select run, container, container_id, current_bytes
from containers
where not alive and current_bytes > 0`,
  },
  {
    title: 'Cost of each model',
    sql: `select r.run, r.model, c.cost, c.amount
from costs c join runs r using (run)
where c.amount > 0
order by c.cost, c.amount desc`,
  },
  {
    title: 'Slowest steps',
    sql: `select event, run, step, line, text, events, duration_ns
from steps
order by duration_ns desc
limit 20`,
  },
  {
    title: 'What the recording consists of',
    sql: `select kind, sum(events) as events
from event_counts
group by kind
order by events desc`,
  },
];
