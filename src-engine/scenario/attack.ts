import { isMap, parseDocument } from 'yaml';
import type { AttackSpec, Op, Program, Step } from './program.ts';

/** Whether a container's path is another's, or lies below it. */
export const isWithin = (path: string, of: string): boolean => of === '.' || path === of || path.startsWith(`${of}/`);

const HELD_BACK: Op = { verb: 'held-back' };

/**
 * The program in which the attacker does nothing from the begin of the attack on: no task is started in its containers or forked into them, the steps of such tasks, and of
 * those at its command, are not done unless they end a task, nor those on its containers unless they remove one; and expectations, which speak of the attack, are not
 * checked. The steps keep their numbers, so that both runs can be laid side by side.
 */
export function holdBack(program: Program, attack: AttackSpec): Program {
  const isHeldBack = hostilityOf(program, attack);
  let begun = attack.from === undefined;
  const kept = (step: Step): Step => {
    if (step.kind === 'repeat') return { ...step, steps: step.steps.map(kept) };
    if (step.kind === 'op') {
      const held_back = step.op.verb === 'expect' || (begun && isHeldBack(step.op));
      begun ||= step.op.verb === 'sample' && step.op.name === attack.from;
      return held_back ? { ...step, op: HELD_BACK } : step;
    }
    const parts = begun ? step.parts.filter((part) => !isHeldBack(part)) : step.parts;
    return parts.length === 0 ? { line: step.line, kind: 'op', op: HELD_BACK } : { ...step, parts };
  };
  return {
    ...program,
    attack,
    initialTasks: begun ? program.initialTasks.filter((op) => !isHeldBack(op)) : program.initialTasks,
    steps: program.steps.map(kept),
  };
}

/** Tells which operations are the attacker's: of its tasks, on its containers, and of handles that its tasks hold. */
function hostilityOf(program: Program, attack: AttackSpec): (op: Op) => boolean {
  const { containerPaths } = program;
  const hostile_paths = new Set<number>(
    containerPaths.flatMap((path, index) => (attack.attackers.some((at) => isWithin(path, containerPaths[at])) ? [index] : [])),
  );
  const ops = [...program.initialTasks, ...opsOf(program)];
  const innocent_tasks = innocentTasks(ops, hostile_paths, new Set<number>(attack.commanded_tasks));
  const innocent_pins = new Set(ops.flatMap((op) => (op.verb === 'pin' && innocent_tasks.has(op.task) ? [op.via] : [])));
  return (op) => {
    switch (op.verb) {
      case 'unpin':
      case 'close':
        return !innocent_pins.has(op.via);
      case 'exit':
      case 'remove':
        // To leave is no attack.
        return false;
      case 'create':
        return hostile_paths.has(op.container.path);
      case 'set':
      case 'reclaim':
        return hostile_paths.has(op.path);
      case 'start':
        return !innocent_tasks.has(op.task) || hostile_paths.has(op.path);
      case 'fork':
        return !innocent_tasks.has(op.parent) || (op.path !== undefined && hostile_paths.has(op.path));
      default:
        return 'task' in op && !innocent_tasks.has(op.task);
    }
  };
}

/** Tasks that are ever started outside the attacker's containers, or forked there by one that is. */
function innocentTasks(ops: readonly Op[], hostile_paths: ReadonlySet<number>, commanded: ReadonlySet<number>): ReadonlySet<number> {
  const innocent = new Set<number>();
  for (let known = -1; known < innocent.size; ) {
    known = innocent.size;
    for (const op of ops) {
      if (op.verb === 'start' && !hostile_paths.has(op.path) && !commanded.has(op.task)) innocent.add(op.task);
      if (op.verb === 'fork' && innocent.has(op.parent) && (op.path === undefined || !hostile_paths.has(op.path))) innocent.add(op.child);
    }
  }
  return innocent;
}

function opsOf(program: Program): readonly Op[] {
  const within = (step: Step): readonly Op[] => (step.kind === 'op' ? [step.op] : step.kind === 'together' ? step.parts : step.steps.flatMap(within));
  return program.steps.flatMap(within);
}

/** The text of an attack with its attacker held back: the same, with `held-back: true` in its `attack`. Null where the text is no attack. */
export function heldBackText(text: string): string | null {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (!isMap(document.getIn(['attack']))) return null;
  document.setIn(['attack', 'held-back'], true);
  // Width 0: lines are broken where their author broke them.
  return document.toString({ lineWidth: 0 });
}
