import type { FoldedLine } from './folded-lines.ts';

/** Lines of an out-of-memory report that are long enough to be broken, with how they end. Where a row of the table ends its header says: here it gets its first columns. */
export const OOM_FOLDED: readonly FoldedLine[] = [
  { begins: /^.{1,64} invoked(?: oom-killer:|$)/, least: / invoked oom-killer:/, more: /^(?:gfp_mask|order|nodemask|oom_score\w*|oom_adj)=|^\(?(?:__)?GFP_/ },
  { begins: /^.{1,64} cpuset=/, least: / mems_allowed=[\d,-]+$/ },
  {
    begins: /^(?:CPU: \d|Pid: \d)/,
    least: /(?: Not tainted| Tainted: ).* #\d+/,
    more: /^(?:SMP|PREEMPT\w*|Debian|Ubuntu)\b/,
  },
  { begins: /^Hardware name: /, least: / BIOS .*\d\d\/\d\d\/\d{4}$/ },
  { begins: /^(?:RIP|RSP|R[A-DS][XPI]|R\d\d|FS|CS|CR\d): /, least: /./, more: /^(?:[0-9a-f]{8,16}|(?:R[A-Z0-9]+|EFLAGS|ORIG_RAX|knlGS|GS|CR\d):.*)(?: |$)/ },
  { begins: /^Task in\b/, least: / as a result of limit of \S+$/ },
  { begins: /^Tasks state\b/, least: / pages\):$/ },
  { begins: /^Tasks in\b/, least: / memory\.oom\.group set$/ },
  { begins: /^(?:memory|memory\+swap|swap|kmem):(?: usage\b|$)/, least: /, failcnt \d+$/ },
  { begins: /^Memory cgroup stats\b/, least: /^Memory cgroup stats for \S+:/ },
  {
    begins: /^(?:active_anon|active_file|unevictable|slab_reclaimable|mapped|sec_pagetables|kernel_misc_reclaimable|free):\d+(?: |$)/,
    least: /^/,
    more: /^(?:[a-z_]+:\d+(?: |$))+$/,
  },
  {
    begins: /^Node \d+\b/,
    least: /(?: all_unreclaimable\? (?:yes|no)|= ?\d+kB| free_cma:\d+kB| hugepages_size=\d+kB)$/,
    more: /^(?:writeback_tmp:|pages_scanned:|all_unreclaimable\?|Balloon:)/,
  },
  { begins: /^(?:pg[a-z_]+|[a-z]+_[a-z0-9_]+)$/, least: / \d+$/ },
  { begins: /^Swap cache stats:/, least: / find \d+\/\d+$/ },
  { begins: /^\[ *pid *\]/, least: / name$/ },
  { begins: /^\[ *\d{1,10}\](?: +\d{1,10}){0,2}$/, least: /^\[ *\d+\] +\d+ +\d+ +\d/ },
  { begins: /^oom-kill:constraint=/, least: /,uid=-?\d+$/, solid: true },
  {
    begins: /^(?:Memory cgroup(?: out\b.*|$)|Out of\b|Killed process\b)/,
    least: /Killed process \d+.*(?:total-vm|vsz):\d+kB.* (?:anon|file|shmem)-rss:\d+kB|: Kill process \d+ .*sacrifice child$/,
    more: /^(?:(?:anon|file|shmem)-rss|UID|pgtables|oom_score_adj):/,
  },
  { begins: /^oom_reaper: /, least: /shmem-rss:\d+kB$|unable to reap/ },
];

/** Other lines of such a report: no pieces. */
export const OOM_UNFOLDED =
  /^(?:\[ *\d+\](?: |$)|(?!failcnt )[a-z][a-z0-9_]* \d+$|Mem-Info:|Call Trace|Modules linked in|Hardware name|Code: |lowmem_reserve\[\]|(?:Free|Total) swap|\d+ (?:pages|total) |Memory limit reached|\(?\.\.\.|<\/?TASK>|-{2,})/i;
