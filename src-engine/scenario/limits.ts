/** What the lab refuses, so that a mistyped scenario gets a sentence and not an hour of waiting. */
export const LIMITS = {
  /** Length of a scenario's text in UTF-16 units. */
  text_length: 8 * 2 ** 20,
  memory_bytes: 64 * 2 ** 30,
  swap_bytes: 64 * 2 ** 30,
  /** Pages of all objects together, every anonymous area counted where it is allocated. */
  object_page_count: 2 ** 24,
  /** Pages that areas allocate over the whole run, repeats unrolled: page ids are 32 bits wide. */
  allocated_page_count: 2 ** 32 - 2,
  container_count: 4096,
  task_count: 4096,
  object_count: 65_536,
  /** Steps as executed, repeats unrolled. */
  step_count: 10_000_000,
  /** Page accesses of all steps, repeats unrolled. */
  access_count: 10_000_000_000,
  repeat_depth: 16,
  together_part_count: 64,
  cpu_count: 64,
  model_count: 16,
  name_length: 255,
  /** YAML nodes that aliases may stand for in all. */
  alias_node_count: 100_000,
  /** Errors listed for one text; the rest are counted. */
  error_count: 500,
  /** Bytes of a trace file. */
  trace_bytes: 2 ** 30,
} as const;
