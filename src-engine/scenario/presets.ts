import type { AxisChoices, Parameters } from './axes.ts';

/** A model that has a name: a choice on each axis, where it comes from, and one sentence. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** When it was proposed or shipped. */
  readonly date: string;
  readonly source: string;
  /** What a reader of its figures must know: choices that the sources leave open, and what this policy does not do. */
  readonly rules: readonly string[];
  readonly axes: AxisChoices;
  /** Parameters that are not at their defaults. */
  readonly parameters?: Partial<Parameters>;
}

/** What the simulated machine leaves out or does more simply than Linux 6.12, under every model. */
export const SIMPLIFICATIONS: readonly string[] = [
  'Reclaim is the classic two-list LRU of 6.12 (get_scan_count, workingset, protection, priorities as there), or with `reclaim=generations` the multi-generational one of 6.12, which Debian runs there. Of that: a page that is used through page tables changes its list when the walk finds it, not when eviction meets it; the walk looks at all page tables of a container’s tasks (no Bloom filters) and is done by whoever reclaims; containers are visited in one queue a generation, not in eight at random; no min_ttl_ms.',
  'Every page is charged by itself, so that counters are exact. With `machine.charge-stock` charges come in batches of 64 pages through one slot a processor, as in 6.12 (seven slots from 6.16 on); stocks are drained at once, in the order of processors. Charges for `partial` and `rss` shares never go through a stock.',
  'No kswapd and no watermarks: the machine reclaims directly when no frame is free. `file_is_tiny` is never met.',
  'No read-ahead, no large folios: a page is a page of 4 KiB, and an access brings in exactly the page that it needs. A fault maps that page alone, unless `machine.fault-around` says otherwise; with it, pages around that would need room to be made under `partial` and `rss` stay unmapped.',
  'Writeback is synchronous: reclaim writes a dirty file page and takes it at once, where the kernel activates it and wakes the flushers.',
  'No swap cache: a slot is given back as soon as its page is read in.',
  'With `machine.zswap` a swapped page stays in memory, compressed, as long as limits allow. Under policies that charge kernel memory by object its container pays for that, and `zswap-max` and `zswap-writeback` hold; under the others it is nobody’s (before 5.19, and cgroup v1). The pool is as many frames as its bytes fill; the worker that shrinks it runs at once; a page that neither zswap nor swap may take keeps its mappings and takes no slot. Under `software-zones` there is none.',
  'Victims of the out-of-memory killer are reaped at once (where a task is killed while it charges, the tries that the kernel still makes are counted in `max`, and scan nothing); page tables count in badness where they are counted at all (`machine.kernel-memory`), and oom_score_adj is 0.',
  'A slab is one page, and no processor has slabs of its own: an object goes to the page that has had room for longest, and an empty page is freed at once. What a shrinker looks at it frees: objects have no reference bit.',
  'With `machine.kernel-memory` a task has a stack of 16 KiB, each 2 MiB of an area in use one page table (upper levels are left out), and a container per-processor structures of 1 KiB a processor, which is an assumption.',
  'With `machine.cache-memory` page cache has nodes of its index (576 bytes for each 64 pages) and buffer heads (104 bytes for each page of a file that is written). Nodes that hold only shadows are not shrunk, and charges for both go over limits instead of reclaiming.',
  'Mapped pages of hugetlb files and dma-bufs count in a task’s rss and so in its badness; the kernel leaves them out of both. Huge pages come from free memory, not from a pool, so that a reservation keeps none free; a mapping reserves the whole object; write() to hugetlb and dma-buf objects stands for any use without a mapping.',
  'Tasks may live in inner containers, which cgroup v2 forbids once controllers are enabled below.',
  'Sockets are connections over loopback with segments of 1,460 bytes: the receiver’s window and memory limit them, there is no congestion window (docs/sockets.md).',
  'A fork shares pages that a driver has pinned copy-on-write; since 2020 kernels copy them at once. Pins and locks take effect at once, not in batches.',
];

function pagesOnly(pages: AxisChoices['pages'], removal: AxisChoices['removal']): AxisChoices {
  return { pages, kernel: 'none', sockets: 'none', pins: 'none', removal };
}

export const PRESETS: readonly Preset[] = [
  {
    id: 'static',
    title: 'Static page ownership',
    summary: 'The container that first touches a page pays for it until the page is freed; later users ride free. Removal hands what is left to the parent.',
    date: '2005',
    source: 'LinuxMM SoftwareZones page. Its charging, limits and reclaim are those of memory cgroups, Linux 6.12',
    rules: [
      'First touch decides and nothing moves ownership while the page is resident. (CKRM, which the SoftwareZones page names, gave a shared page to the class with the largest guarantee among its users.)',
      'Removal charges what is left to the parent, page by page, as kernels until 4.0 did; with `reparenting=lists` list by list, behind the parent’s own pages, as the LRU-reparenting series of 2025 does. With `removal=zombie` it stays with a dying container, as in cgroup v2 up to 6.12; the parent shows the same usage either way.',
      'With `removal=free` the container is emptied before it goes, as by memory.force_empty: clean cache is dropped, dirty written, swap takes what it can, whoever maps it; the parent gets the rest.',
      'With `removal=recharge` (RFC of July 2023) a mapped page goes to the first mapper whose container has room; any other waits with the dying container for the next task that reads, writes or faults it. Reclaim may make room for it, nobody is killed, and a page that finds none stays. What the posting does in workers happens at once here.',
      'A swap slot keeps its removed container dying under any of these, as it keeps the memcg id.',
      'tmpfs with `charge-to` is charged to the named container while that exists (the `memcg=` mount option of 2021). Over its limit write() fails with ENOSPC and a page fault with SIGBUS, of which the task dies; nobody is killed for want of memory. The mount holds a removed container as a dying one, and who touches the file pays.',
      'hugetlb is charged as with the mount option `memory_hugetlb_accounting`: 2 MiB at a fault, in `current` only, with SIGBUS where there is no room. Huge pages are allocated when they are first used; there is no pool. A dma-buf is charged whole to its first user.',
      'The root is charged like any container; its `current` is what the kernel computes for the root from statistics.',
    ],
    axes: pagesOnly('static', 'reparent'),
  },
  {
    id: 'partial',
    title: 'Partial page ownership',
    summary: 'Every container that maps a page pays a part of it; the parts add up to one page. Whoever stays when others leave pays more.',
    date: '2006',
    source: 'LinuxMM SoftwareZones page; OpenVZ user beancounters with RSS fractions, before 2.6.32-042stab',
    rules: [
      '`max` and `high` act on the sum of the parts. That is an assumption of the SoftwareZones page: beancounters of that time only showed the sum (physpages) and refused memory at mmap (privvmpages), never at a fault.',
      'Parts are powers of two: with three users 1/4, 1/2, 1/4. Only mapped file and anonymous pages have them; page cache that nobody maps is charged to nobody.',
      'tmpfs is charged whole to the container whose task used the object first, or to the one that `charge-to` names.',
      'fork and move charge without looking at limits; the next charge has to reclaim.',
      'Removal: the parts went with the tasks; tmpfs that the container created is charged to its parent, after reclaim with `removal=free`. With `removal=zombie` the removed container goes on paying for it, new pages too, and lives as long as the file: so does a beancounter.',
      'LRU lists, `file_mapped`, refaults and activations are the machine’s and show at the root only. A reclaim pass for a container counts as reclaimed what it took off that container’s charge.',
      'Swap is charged to the container that created the object.',
    ],
    axes: pagesOnly('partial', 'reparent'),
  },
  {
    id: 'rss',
    title: 'Only count RSS',
    summary: 'A container pays one page for each distinct page that its tasks map, shared or not. Page cache that nobody maps is invisible.',
    date: '2006',
    source: 'LinuxMM SoftwareZones page; RSS controllers posted to linux-kernel in 2007',
    rules: [
      'A parent is charged the sum of its children’s charges: a page mapped from two children counts twice there.',
      'A shared page is charged in full to every container that maps it, so the sum of charges can exceed the memory in use.',
      'Over its limit a container loses mappings; a page that others still map stays resident.',
      'fork and move charge without looking at limits; the next charge has to reclaim.',
      'LRU lists, `file_mapped`, refaults and activations are the machine’s and show at the root only. A reclaim pass for a container counts as reclaimed what it took off that container’s charge.',
      'Swap is charged to the container that created the object.',
    ],
    axes: pagesOnly('rss', 'free'),
  },
  {
    id: 'software-zones',
    title: 'Software zones',
    summary: 'Memory is cut into contiguous zones and a container owns whole zones; what is shared lies in zones charged to nobody.',
    date: '2006',
    source: 'LinuxMM SoftwareZones page; fake NUMA nodes with cpusets',
    rules: [
      '`max` is rounded up to whole zones (`machine.zone`). `high`, `min`, `low` and `charge-to` have no meaning here and do nothing.',
      'An object used by tasks of several containers anywhere in the scenario lies in shared zones, charged to nobody: placement must be known at allocation, and the scenario tells it.',
      'The shared area grows by free zones as it needs them. A container without `max` uses its nearest ancestor’s zones, else the shared ones.',
      'A child’s zones are cut out of its ancestor’s and count in that ancestor’s limit. Growing takes whole empty zones, all or nothing, and creation fails where there are too few: neither migrates anything to make room. Shrinking migrates or reclaims what lies in the zones given up; a limit that is lifted leaves the zones where they are.',
      'Kernel memory lies in the zones of the container that asks for it. A zone that holds some, or a page that a driver has pinned, cannot be given away.',
      'Removal reclaims what it can; a page that cannot go keeps its zone, which becomes a shared one (`removal=free`). Else the parent gets the zones (`reparent`), or they stay with the removed container until their last page goes (`zombie`).',
      'With `juggler=idle-zones` a container begins with the zones that can be had, one at least. Out of memory, user space moves it one zone at a time, up to its `max`: nobody’s, a removed container’s, an empty one, one that migration empties, one that reclaim of inactive page cache empties. The source asks for the two hooks and leaves the program open: this one is the lab’s.',
      'Finding a page’s zone takes ceil(log2 zones) bits of page->flags and no memory; from 1,025 zones on, which ten bits cannot tell apart, a table with two bytes a zone.',
      'Zone descriptors are counted as 1664 bytes each, an assumption: the source gives no size.',
    ],
    axes: pagesOnly('software-zones', 'free'),
  },
  {
    id: 'none',
    title: 'No accounting',
    summary: 'The control: nobody is charged and no limit acts; only the machine itself can run out.',
    date: '—',
    source: 'a kernel without a memory controller',
    rules: ['`memory.reclaim` of a container finds nothing to take; of the root it reclaims from the machine.'],
    axes: pagesOnly('none', 'free'),
  },
  {
    id: 'ckrm',
    title: 'CKRM memory controller',
    summary: 'A page belongs to one class; among those who share it, the one with the largest guarantee available owns it.',
    date: '2004–2005',
    source: 'Class-based Kernel Resource Management, memory controller for Linux 2.6.12',
    rules: [
      '`min` is a class’s guarantee and `max` its limit, in pages: what CKRM’s shares of the parent resolve to. `high`, `low` and swap limits do nothing.',
      'A page belongs at first to the class of the task that brought it in. Who owns it is looked at again when a task that maps it moves to another class, and when its class is removed; not at each map and unmap.',
      'Allocation goes on until 110 % of the limit and fails from there; nobody is killed for a limit. At 90 % a class is shrunk to 80 %, at most ten times in ten seconds.',
      'Reclaim for the whole machine does not weigh classes by their guarantees here, as CKRM’s did.',
    ],
    axes: { pages: 'static', kernel: 'none', sockets: 'none', pins: 'none', removal: 'recharge' },
    parameters: { owner: 'guarantee' },
  },
  {
    id: 'beancounters',
    title: 'User beancounters',
    summary: 'Every user of a page pays a part of it; kernel memory, socket buffers and locked pages have counters of their own with hard limits.',
    date: '2006',
    source: 'OpenVZ, kernels before 2.6.32-042stab; posted to linux-kernel in 2006',
    rules: [
      'Pages as under `partial`: `max` limits the sum of the parts here, where beancounters only showed it and refused memory at mmap.',
      'Each resource has one limit here; beancounters had a barrier and a limit, and chose between them by how urgent the charge was.',
      'kmemsize was charged object by object, in bytes, for caches that were marked. Here the slab pages of caches that the scenario has as `accounted` are charged whole, in `kmem`, with the limit `kmem-max`.',
      'The counters of socket buffers (tcpsndbuf, tcprcvbuf, othersockbuf, dgramrcvbuf) are one here, `tcp`, with the limit `tcp-max`; lockedpages is `pins`, with `pins-max`.',
      'A beancounter whose container is gone lives on while tmpfs pages are charged to it.',
    ],
    axes: { pages: 'partial', kernel: 'opt-in', sockets: 'separate', pins: 'cgroup-sum', removal: 'zombie' },
    parameters: { kmem: 'independent' },
  },
  {
    id: 'rss-2007',
    title: 'RSS controller of 2007',
    summary: 'The container that maps a page first owns it until the last mapping goes; page cache that nobody maps is invisible.',
    date: 'spring 2007',
    source: 'RSS controllers posted to linux-kernel by Pavel Emelianov, 2007',
    rules: [
      'The container that maps a page first pays for it until nobody maps it any more, also after its own tasks have let go and after the task has moved.',
      'Over its limit the pages that a container owns are unmapped from everyone. The posting gave each container an LRU list; here the machine’s lists are walked and the owner’s pages picked.',
      'What others still map when its owner is removed is charged to the owner’s parent: an assumption, the posting is silent.',
      'The controller that Balbir Singh posted in February 2007 is `rss-2007,counting=process`: every process counts what it maps, and over the limit a task is killed at once.',
    ],
    axes: { pages: 'rss', kernel: 'none', sockets: 'none', pins: 'none', removal: 'free' },
    parameters: { counting: 'first' },
  },
  {
    id: 'memcg-v1',
    title: 'Memory cgroups, version 1',
    summary: 'First touch pays for pages; TCP buffers have a counter and a limit of their own; kernel memory is not accounted.',
    date: '2008–2012',
    source: 'Linux 2.6.25 to 3.7; per-cgroup TCP limits from 3.3',
    rules: [
      'Slab and other kernel memory is taken from the machine and charged to nobody. Only reclaim of the whole machine calls shrinkers, and they know no containers.',
      'TCP buffers are counted in every container. A kernel counts them only in those that had been given a limit when the socket was opened: `memcg-v1,tcp=limited`. UDP is not counted.',
      'A socket is under pressure from a charge of its container that failed until one that succeeds; the pressure of reclaim does not reach it.',
    ],
    axes: { pages: 'static', kernel: 'none', sockets: 'separate', pins: 'rlimit-process', removal: 'reparent' },
  },
  {
    id: 'memcg-v1-slub-optin',
    title: 'Version 1 with the SLUB set',
    summary: 'As memcg-v1; slab caches that register are split into one per container, and their shrinkers are asked at the limit.',
    date: 'February 2012',
    source: 'Glauber Costa’s posting for SLUB; LWN, “Two approaches to kernel memory usage accounting”',
    rules: [
      'A registered cache is one that the scenario has as `accounted`. Each container gets a copy of it when it is created, with slab pages of its own; the root is not tracked, and `noaccount` means nothing to this set.',
      'A charge at a limit reclaims no pages and kills nobody. As the article has it, the shrink callbacks of the containers below the limit are asked for 1,024 objects each, for as long as they free something, and then the allocation fails. In the posting the charge fails at once; callbacks run in a container’s reclaim and when `kmem-max` is lowered.',
      'Slab pages count in `current` and in `kmem`, and both limits act; `kmem: independent` counts them in `kmem` only, and then a container’s reclaim asks no shrinkers. In the posting `kmem` has no limit unless it is independent. A `kmem-max` below what shrinking reaches is refused with EBUSY.',
      'Removal hands slab pages to the parent; under the root they are tracked no longer.',
      'A copy of a cache is counted as 320 bytes and 32 more for each processor, an assumption.',
    ],
    axes: { pages: 'static', kernel: 'opt-in', sockets: 'separate', pins: 'rlimit-process', removal: 'reparent' },
  },
  {
    id: 'memcg-v1-slab-optout',
    title: 'Version 1 with the SLAB set',
    summary: 'As memcg-v1; every slab cache is split at a container’s first allocation, unless the allocation says not to account it.',
    date: 'February 2012',
    source: 'Suleiman Souhlal’s posting for SLAB; LWN, “Two approaches to kernel memory usage accounting”',
    rules: [
      'At `max` slab pages are charged like user pages: user pages are reclaimed, and the killer is asked. At `kmem-max` the allocation fails. There are no shrinkers for containers: objects that nobody uses stay until the machine as a whole is short (`shrinkers: memcg`: those of 3.19).',
      'An allocation that cannot sleep, before the container has its copy of the cache, comes from the cache as it was; the copy is made at the end of the step. Pages of the cache as it was are charged to the root, or to nobody with `root: untracked`.',
      'What is charged to a removed container goes to the root, as the cover letter says; to the parent, as the article says, with `orphans: parent`. The code that was posted takes it off the container and keeps no account of it.',
      'A copy of a cache is counted as 320 bytes and 32 more for each processor, an assumption.',
    ],
    axes: { pages: 'static', kernel: 'opt-out', sockets: 'separate', pins: 'rlimit-process', removal: 'reparent' },
  },
  {
    id: 'memcg-v2-2015',
    title: 'Memory cgroups, version 2, of 2015',
    summary: 'One pool for pages, kernel memory and sockets; pressure makes sockets stop growing their windows.',
    date: 'November 2015',
    source: 'Johannes Weiner, “mm: memcontrol: account socket memory in unified hierarchy”, v2; Linux 4.5',
    rules: [
      'Kernel memory as from 3.19 to 4.4: caches are split per container unless the allocation says not to account it, and containers have shrinkers. Linux 4.5 charges only what is marked.',
      'Sockets as posted: at `max` a charge fails without reclaim and the network backs off; above `high` a work item reclaims, 64 pages a batch, at the end of the slice. Linux 4.5 lets the sender reclaim at `max` first. UDP is not charged.',
      'At `max` sockets are under pressure for a second; the posting says that they are, not for how long.',
    ],
    axes: { pages: 'static', kernel: 'opt-out', sockets: 'unified', pins: 'rlimit-process', removal: 'zombie' },
    parameters: { orphans: 'parent', root: 'untracked', shrinkers: 'memcg' },
  },
  {
    id: 'memcg-v2',
    title: 'Memory cgroups, version 2',
    summary: 'One pool; kernel objects are charged one by one; a removed container lives on as long as a page is charged to it.',
    date: '2024',
    source: 'Linux 6.12',
    rules: [
      'Objects of caches that the scenario has as `accounted` are charged in bytes, with 8 for the pointer of each, through one stock a processor: up to a page a processor stays charged when all is freed. Slab pages themselves are nobody’s. An allocation that cannot sleep goes over `max`. The root’s own kernel memory is not charged.',
      'Slab pages freed count in reclaim of the whole machine only. Where a container has little else, its reclaim goes on to priority 0 and takes almost every object that nobody uses. Shrinkers have seeks 2 and batches of 128 objects (those of file systems have 1,024).',
      'Removal hands kernel memory to the parent; no counter changes, for the parent is charged for it already, and it keeps no container dying.',
      'Removal leaves pages with the dying container until they are freed; its min and low are 0 then, and reclaim of an ancestor takes up to 32 pages of each of its lists even where the priority would let it pass. `nr_dying_descendants` of the ancestors counts it, and container_release tells its end. A swap slot, a socket or a dying descendant keeps it, too.',
    ],
    axes: { pages: 'static', kernel: 'objcg', sockets: 'unified', pins: 'rlimit-user', removal: 'zombie' },
    parameters: { skmem: 'mainline' },
  },
  {
    id: 'memcg-v2-mglru',
    title: 'Version 2 with generations',
    summary: 'As memcg-v2; pages to evict are found by generations and tiers, and a page that another container reads again is nobody’s refault.',
    date: 'December 2022',
    source: 'Linux 6.12: mm/vmscan.c, mm/workingset.c, mm/swap.c. Merged for 6.1; Debian’s 6.1 does not run it, its 6.12 does',
    rules: [
      'A lruvec has two to four generations of anonymous memory and of files. What is faulted in begins in the youngest, other anonymous memory and tmpfs in the second youngest, page cache that is read in the second oldest, or the oldest where there are three. The two youngest are `active` in memory.stat.',
      'Reclaim takes 64 pages of the oldest generation at a time, files or anonymous memory by which of them comes back less (swappiness weighs them). It looks at a container’s pages shifted by the priority, and takes no account of how far it is above `min` and `low`: protection holds to the batch, or not at all.',
      'A use by read() moves no page. Uses are counted, pages with more of them are in higher tiers, and tiers that come back more than the first are spared for a generation.',
      'A use through a mapping makes the page young when page tables are walked, as a generation begins, or when reclaim meets the page or one of 64 neighbours. Only what belongs to the container itself is aged by its tasks.',
      'A refault counts only where the page comes back to the container that lost it. Whoever brings it in owns it, as under `memcg-v2`; that others’ evictions are not told is what differs.',
      'With `advice=random` mappings are as the kernel lab makes them: their uses do not count, and what they fault in begins old.',
    ],
    axes: { pages: 'static', kernel: 'objcg', sockets: 'unified', pins: 'rlimit-user', removal: 'zombie' },
    parameters: { skmem: 'mainline', reclaim: 'generations' },
  },
  {
    id: 'smemcg',
    title: 'Shared-memory cgroups',
    summary: 'A shared object has a container of its own that pays for it as long as it lives; who uses it borrows.',
    date: '2023',
    source: 'Chris Li, “Shared Memory Cgroup Controllers”, linux-mm, May 2023',
    rules: [
      'An object that some container of the scenario attaches (`smemcg:`) has a shared-memory container as long as it lives, shown as `smemcg:OBJECT` below the root. It is charged for every page of the object, whoever brings it in; no task is in it. Objects that nobody attaches are paid for as under `static`.',
      'A container borrows what its tasks map of an attached object; read() and write() borrow nothing. Tasks in containers below borrow on the account of the nearest one that attached it. Who has not attached it uses it free.',
      'With `current: borrow` what is borrowed counts in `current` of the borrower and its ancestors, but not of the root, which has the shared-memory container’s charge. What two children borrow counts twice in their parent. With `current: whole` all of the shared-memory container’s charge counts there for each container that attached it, and there are no counters and limits of pairs.',
      'Over the object’s limit, and for a mapping over the limit of a pair, the operation fails with ENOMEM; nobody is killed. Over a container’s own limit its own memory is reclaimed, then borrowed pages are unmapped from its own tasks (a page that nobody else maps is freed), then its own tasks are killed. fork, move and attaching charge without looking at limits.',
      'With `current: whole` pages of attached objects are reclaimed for a container over its limit even where only others map them.',
      'Removal drops what the container borrowed. Its own pages stay with it as a dying container, as in `memcg-v2`.',
    ],
    axes: { pages: 'smemcg', kernel: 'objcg', sockets: 'unified', pins: 'smemcg', removal: 'zombie' },
    parameters: { skmem: 'mainline' },
  },
  {
    id: 'pin-rlimit',
    title: 'Pins under RLIMIT_MEMLOCK',
    summary: 'As memcg-v2; each process may pin as much as its limit says, whoever pays for the pages.',
    date: '2023',
    source: 'Linux 6.12: mm->pinned_vm and mm->locked_vm',
    rules: [
      'RLIMIT_MEMLOCK binds what a process pins and what it locks, each by itself, and a fork begins at nothing: processes multiply the limit. `pins` shows what was pinned and locked from a container; no limit of the container acts on it.',
      'Drivers differ: RDMA holds each process to its limit, as here; io_uring, zero-copy sends and AF_XDP the user, as `pins=rlimit-user` (and memcg-v2) has it; mlock always the process. A pin over the limit fails with ENOMEM, as io_uring’s; a zero-copy send, and AF_XDP, with ENOBUFS.',
    ],
    axes: { pages: 'static', kernel: 'objcg', sockets: 'unified', pins: 'rlimit-process', removal: 'zombie' },
    parameters: { skmem: 'mainline' },
  },
  {
    id: 'pin-cgroup',
    title: 'Pins cgroup controller',
    summary: 'As memcg-v2; a container may pin as much as its pins.max says, and every pin call counts.',
    date: 'February 2023',
    source: 'Alistair Popple, “mm: Introduce a cgroup to limit the amount of locked and pinned memory”, v1',
    rules: [
      'Each call is charged to the container of the task that pins and to those above it; over `pins-max` it fails with EAGAIN (mlock: ENOMEM) and charges nothing. RLIMIT_MEMLOCK of the process acts as well; CAP_IPC_LOCK lifts only that.',
      'Locks move with their task, without a look at limits; what a driver has pinned stays with the container that it was charged to, also when that is removed, until the driver lets go.',
      'Root is counted here; the posting leaves it out. It has no limit.',
    ],
    axes: { pages: 'static', kernel: 'objcg', sockets: 'unified', pins: 'cgroup-sum', removal: 'zombie' },
    parameters: { skmem: 'mainline' },
  },
];
