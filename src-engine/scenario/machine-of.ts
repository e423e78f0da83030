import type { CostTable, MachineSpec } from './program.ts';
import type { Scenario } from './schema.ts';
import { pagesRoundedDown } from './units.ts';

const MIB = 2 ** 20;

/** The machine of a scenario with its sizes in pages and its times in nanoseconds. */
export function machineOf(machine: Scenario['machine']): MachineSpec {
  const { costs } = machine;
  const table: CostTable = {
    page_touch_ns: costs['page-touch'],
    minor_fault_ns: costs['minor-fault'],
    disk_read_ns: costs['disk-read'],
    disk_write_ns: costs['disk-write'],
    swap_in_ns: costs['swap-in'],
    swap_out_ns: costs['swap-out'],
    zswap_store_ns: costs['zswap-store'],
    zswap_load_ns: costs['zswap-load'],
    page_scan_ns: costs['page-scan'],
    page_copy_ns: costs['page-copy'],
    charge_ns: costs.charge,
    list_step_ns: costs['list-step'],
    segment_ns: costs.segment,
    round_trip_ns: costs['round-trip'],
  };
  const zone_bytes = machine.zone ?? Math.min(machine.memory, Math.max(1, Math.round(machine.memory / 64 / MIB)) * MIB);
  const around_pages = pagesRoundedDown(machine['fault-around']);
  return {
    memory_pages: pagesRoundedDown(machine.memory),
    swap_pages: pagesRoundedDown(machine.swap),
    ...(machine['swap-cache'] ? { swap_cache: true } : {}),
    cpu_count: machine.cpus,
    swappiness: machine.swappiness,
    recursive_protection: machine['recursive-protection'],
    zone_pages: pagesRoundedDown(zone_bytes),
    kernel_memory: machine['kernel-memory'],
    ...(machine['cache-memory'] ? { cache_memory: true } : {}),
    charge_stock: machine['charge-stock'],
    ...(around_pages > 1 ? { fault_around_pages: 2 ** Math.floor(Math.log2(around_pages)) } : {}),
    ...(machine['hugetlb-accounting'] ? {} : { hugetlb_accounting: false }),
    ...(machine['overcommit-memory'] === undefined ? {} : { overcommit: { mode: machine['overcommit-memory'], ratio_percent: machine['overcommit-ratio'] } }),
    ...(machine.writeback ? { writeback: { ratio_percent: machine['dirty-ratio'], background_ratio_percent: machine['dirty-background-ratio'] } } : {}),
    ...(machine.zswap
      ? { zswap: { max_pool_percent: machine['zswap-max-pool-percent'], accept_threshold_percent: machine['zswap-accept-threshold-percent'] } }
      : {}),
    costs: table,
  };
}
