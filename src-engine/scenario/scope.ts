import { formatCount } from '../base/figures.ts';
import { asNameId, asTaskId, type NameId, PAGE_SIZE_BYTES, type TaskId } from '../base/ids.ts';
import { nearest } from '../base/nearest.ts';
import type { Findings } from './findings.ts';
import { LIMITS } from './limits.ts';
import type { Target } from './program.ts';
import { type ByteRange, MODEL_NAMES, modelId, PAGE_KINDS, type Scenario } from './schema.ts';
import { LENDER_PREFIX } from './sharing.ts';
import type { Path } from './source.ts';
import { formatSize, pagesRoundedDown, pagesRoundedUp } from './units.ts';

/** A huge page of x86-64. */
export const HUGE_PAGE_BYTES = 2 * 2 ** 20;

/** Numbers for names, in order of first appearance. */
export class NameTable {
  readonly names: string[] = [];
  private readonly ids = new Map<string, number>();

  id(name: string): NameId {
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.ids.set(name, id);
      this.names.push(name);
    }
    return asNameId(id);
  }

  has(name: string): boolean {
    return this.ids.has(name);
  }
}

/** Pages of a target. `page_count` −1 leaves the end to the run; `known_page_count` is what the scenario says of it (0: nothing, because of an error). */
export interface PageSpan<Of extends Target> {
  readonly target: Of;
  readonly first_page: number;
  readonly page_count: number;
  readonly known_page_count: number;
}
type ObjectTarget = Extract<Target, { readonly kind: 'object' }>;
type AreaTarget = Extract<Target, { readonly kind: 'area' }>;

const shownNames = (names: readonly string[]): string => `${names.slice(0, 40).join(', ')}${names.length > 40 ? ' …' : ''}`;

/**
 * The names that a scenario has declared up to the step at hand, and totals that have limits. Tasks, areas and containers are known from the line that first
 * declares them on; whether they exist at that moment is each model's affair. Names that cannot be resolved become findings, and get the number 0.
 */
export class Scope {
  readonly paths = new NameTable();
  readonly tasks = new NameTable();
  readonly areas = new NameTable();
  readonly samples = new NameTable();
  readonly pins = new NameTable();
  /** Open files of memory.peak. */
  readonly peaks = new NameTable();
  readonly totals = { step_count: 0, access_count: 0, allocated_page_count: 0, object_page_count: 0 };

  private readonly scenario: Scenario;
  private readonly findings: Findings;
  private readonly objects = new NameTable();
  private readonly models: readonly string[];
  /** Pages of each area of each task; infinity where an error hides the size. */
  private readonly task_areas = new Map<string, Map<string, number>>();
  /** Limits already reported, so that each speaks once. */
  private readonly exceeded = new Set<string>();

  constructor(scenario: Scenario, findings: Findings) {
    this.scenario = scenario;
    this.findings = findings;
    this.models = [...new Set([...MODEL_NAMES, ...scenario.models.map(modelId)])];
    this.paths.id('.');
    for (const name of scenario.objects.keys()) this.objects.id(name);
  }

  /** Adds to a total; reports the step that first goes over its limit. */
  count(total: keyof Scope['totals'], amount: number, path: Path): void {
    this.totals[total] += amount;
    if (this.totals[total] <= LIMITS[total] || this.exceeded.has(total)) return;
    this.exceeded.add(total);
    const sentences = {
      step_count: `the steps come to more than ${LIMITS.step_count} when repeats are counted out`,
      access_count: `the steps come to more than ${formatCount(LIMITS.access_count)} page accesses`,
      allocated_page_count: `the steps allocate more than ${formatCount(LIMITS.allocated_page_count)} pages when repeats are counted out`,
      object_page_count: `the objects and areas together are more than the ${formatSize(LIMITS.object_page_count * PAGE_SIZE_BYTES)} that the lab simulates`,
    };
    this.findings.report('too-many', path, sentences[total], 'ask for less, or repeat less often');
  }

  private idWithin(table: NameTable, what: string, name: string, count_max: number, path: Path): NameId {
    const id = table.id(name);
    if (id >= count_max && !this.exceeded.has(what)) {
      this.exceeded.add(what);
      this.findings.report('too-many', path, `more than ${count_max} ${what}`, 'give fewer names');
    }
    return id;
  }

  // Containers and models

  /** Number of a path; its parents get theirs first. */
  declarePath(container: string, path: Path): NameId {
    const slash = container.lastIndexOf('/');
    if (slash > 0 && !this.paths.has(container)) this.declarePath(container.slice(0, slash), path);
    if (container.startsWith(LENDER_PREFIX) && this.objects.has(container.slice(LENDER_PREFIX.length)))
      this.findings.report('name-taken', path, `\`${container}\` is the name of an object’s shared-memory container`, 'give the container a name of its own');
    // The root does not count.
    return this.idWithin(this.paths, 'containers', container, LIMITS.container_count + 1, path);
  }

  /** `part`: whether the path stands in the text as a key or as a value. */
  usePath(container: string, path: Path, part: 'key' | 'value' = 'value'): NameId {
    if (this.paths.has(container)) return this.paths.id(container);
    this.findings.reportUnknown('container', container, path, this.paths.names, 'declare it under `containers` or `create` it in an earlier step', part);
    return asNameId(0);
  }

  useModel(model: string, path: Path): void {
    if (!this.models.includes(model)) this.findings.reportUnknown('model', model, path, this.models, { valid: `models: ${this.models.join(', ')}` });
  }

  // Tasks and pins

  declareTask(task: string, path: Path): TaskId {
    if (!this.task_areas.has(task)) this.task_areas.set(task, new Map());
    return asTaskId(this.idWithin(this.tasks, 'tasks', task, LIMITS.task_count, path));
  }

  useTask(task: string, path: Path): TaskId {
    if (this.tasks.has(task)) return asTaskId(this.tasks.id(task));
    this.findings.reportUnknown('task', task, path, this.tasks.names, 'declare it under `tasks`, or `start` or `fork` it in an earlier step');
    return asTaskId(0);
  }

  /** A sample that a step has taken. */
  useSample(sample: string, path: Path): NameId {
    if (this.samples.has(sample)) return this.samples.id(sample);
    this.findings.reportUnknown('sample', sample, path, this.samples.names, 'take it with a `sample` step');
    return asNameId(0);
  }

  usePin(handle: string, path: Path): NameId {
    if (this.pins.has(handle)) return this.pins.id(handle);
    this.findings.reportUnknown('pin', handle, path, this.pins.names, 'make it with `pin … via` in an earlier step');
    return asNameId(0);
  }

  usePeak(handle: string, path: Path): NameId {
    if (this.peaks.has(handle)) return this.peaks.id(handle);
    this.findings.reportUnknown('open file', handle, path, this.peaks.names, 'open it with `open-peak` in an earlier step');
    return asNameId(0);
  }

  // Objects and areas

  /** Index of an object that is one of `kinds`. */
  useObject(object: string, kinds: readonly string[], path: Path): number {
    const entry = this.scenario.objects.get(object);
    if (entry === null || (entry !== undefined && kinds.includes(entry.kind))) return this.objects.id(object);
    const right = [...this.scenario.objects].flatMap(([name, other]) => (other === null || kinds.includes(other.kind) ? [name] : []));
    const remedy = right.length === 0 ? `declare a ${kinds.join(' or ')} under \`objects\`` : `known here: ${shownNames(right)}`;
    if (entry === undefined) this.findings.reportUnknown('object', object, path, right, right.length === 0 ? remedy : { valid: remedy });
    else this.findings.report('wrong-kind', path, `\`${object}\` is a ${entry.kind}, and this step takes a ${kinds.join(' or ')}`, remedy);
    return 0;
  }

  /** Pages of an object that has pages; infinity where an error hides them. */
  objectPages(object: string): number {
    const entry = this.scenario.objects.get(object);
    if (entry?.kind === 'file') return pagesRoundedUp(entry.file);
    if (entry?.kind === 'tmpfs') return pagesRoundedUp(entry.tmpfs);
    if (entry?.kind === 'hugetlb') return Math.ceil(entry.hugetlb / HUGE_PAGE_BYTES) * (HUGE_PAGE_BYTES / PAGE_SIZE_BYTES);
    return entry?.kind === 'dma-buf' ? pagesRoundedUp(entry['dma-buf']) : Number.POSITIVE_INFINITY;
  }

  declareArea(area: string, task: string, page_count: number, path: Path): NameId {
    if (this.objects.has(area)) this.findings.report('name-taken', path, `\`${area}\` is the name of an object already`, 'give the area a name of its own');
    const areas = this.task_areas.get(task);
    areas?.set(area, Math.max(page_count, areas.get(area) ?? 0));
    return this.areas.id(area);
  }

  /** Areas of a task and their pages. */
  areasOf(task: string): ReadonlyMap<string, number> {
    return this.task_areas.get(task) ?? new Map();
  }

  private areaPages(area: string, task: string, path: Path): number {
    const page_count = this.areasOf(task).get(area);
    if (page_count !== undefined) return page_count;
    // A task that is not known is an error already.
    if (this.task_areas.has(task)) {
      const others = [...this.areasOf(task).keys()];
      const remedy = others.length === 0 ? `\`${task}\` has no area yet: \`alloc\` or \`map\` one first` : `areas of \`${task}\`: ${shownNames(others)}`;
      this.findings.reportUnknown('area', area, path, others, others.length === 0 ? remedy : { valid: remedy });
    }
    return Number.POSITIVE_INFINITY;
  }

  // Spans

  private span<Of extends Target>(target: Of, range: ByteRange | undefined, name: string, page_count: number, path: Path): PageSpan<Of> {
    const first_page = range === undefined ? 0 : pagesRoundedDown(range.from_bytes);
    const end_page = range?.to_bytes === undefined ? page_count : pagesRoundedUp(range.to_bytes);
    const beyond = (verb: string, bytes: number): void =>
      this.findings.report(
        'beyond-end',
        [...path, 'range'],
        `the range ${verb} at ${formatSize(bytes)}, and \`${name}\` has ${formatSize(page_count * PAGE_SIZE_BYTES)}`,
        'choose a range inside',
      );
    if (range !== undefined && first_page >= page_count) beyond('starts', range.from_bytes);
    else if (range?.to_bytes !== undefined && end_page > page_count) beyond('ends', range.to_bytes);
    const known_page_count = Number.isFinite(end_page) ? Math.max(0, end_page - first_page) : 0;
    return { target, first_page, page_count: known_page_count, known_page_count };
  }

  /** Span of a file or tmpfs file. `key` is the step's key that names it. */
  objectSpan(object: string, range: ByteRange | undefined, key: string, path: Path): PageSpan<ObjectTarget> {
    const index = this.useObject(object, PAGE_KINDS, [...path, key]);
    return this.span({ kind: 'object', object: index }, range, object, this.objectPages(object), path);
  }

  /** Span of an area of a task. How large it is when the step runs, each run knows: an open end stays open. */
  areaSpan(area: string, task: string, range: ByteRange | undefined, key: string, path: Path): PageSpan<AreaTarget> {
    const page_count = this.areaPages(area, task, [...path, key]);
    const span = this.span({ kind: 'area', area: this.areas.id(area) } as const, range, area, page_count, path);
    return range?.to_bytes === undefined ? { ...span, page_count: -1 } : span;
  }

  /** Span of an object if one has the name, else of an area of the task. */
  anySpan(name: string, task: string, range: ByteRange | undefined, key: string, path: Path): PageSpan<Target> {
    if (this.scenario.objects.has(name)) return this.objectSpan(name, range, key, path);
    const areas = this.areasOf(task);
    const meant_object = !areas.has(name) && nearest(name, areas.keys()) === undefined && nearest(name, this.scenario.objects.keys()) !== undefined;
    return meant_object ? this.objectSpan(name, range, key, path) : this.areaSpan(name, task, range, key, path);
  }
}
