import { isMap, parseDocument } from 'yaml';
import type { NameId } from '../base/ids.ts';
import type { AttackSpec, Op, Program, Step } from './program.ts';

/** Whether a container's path is another's, or lies below it. */
export const isWithin = (path: string, of: string): boolean => of === '.' || path === of || path.startsWith(`${of}/`);

const HELD_BACK: Op = { verb: 'held-back' };

/**
 * The program in which the attacker does nothing: no task is started in its containers or forked into them, the steps of such tasks and those on its containers
 * are not done, and expectations, which speak of the attack, are not checked. The steps keep their numbers, so that both runs can be laid side by side.
 */
export function holdBack(program: Program, attack: AttackSpec): Program {
  const { containerPaths } = program;
  const hostile = new Set(containerPaths.flatMap((path, index) => (attack.attackers.some((at) => isWithin(path, containerPaths[at])) ? [index] : [])));
  const living = livingTasks(program, hostile);
  const innocent_pins = new Set(opsOf(program).flatMap((op) => (op.verb === 'pin' && living.has(op.task) ? [op.via] : [])));
  const isHeldBack = (op: Op): boolean => {
    if (op.verb === 'expect') return true;
    if (op.verb === 'unpin' || op.verb === 'close') return !innocent_pins.has(op.via);
    if (op.verb === 'create') return hostile.has(op.container.path);
    if (op.verb === 'set' || op.verb === 'remove' || op.verb === 'reclaim') return hostile.has(op.path);
    if (op.verb === 'start') return hostile.has(op.path);
    if (op.verb === 'fork') return !living.has(op.parent) || (op.path !== undefined && hostile.has(op.path));
    return 'task' in op && !living.has(op.task);
  };
  const kept = (step: Step): Step => {
    if (step.kind === 'repeat') return { ...step, steps: step.steps.map(kept) };
    if (step.kind === 'op') return isHeldBack(step.op) ? { ...step, op: HELD_BACK } : step;
    const parts = step.parts.filter((part) => !isHeldBack(part));
    return parts.length === 0 ? { line: step.line, kind: 'op', op: HELD_BACK } : { ...step, parts };
  };
  return {
    ...program,
    attack,
    initialTasks: program.initialTasks.filter((op) => !hostile.has(op.path)),
    steps: program.steps.map(kept),
  };
}

/** Tasks that are ever started outside the attacker's containers, or forked there by one that is. */
function livingTasks(program: Program, hostile: ReadonlySet<NameId | number>): ReadonlySet<number> {
  const ops = [...program.initialTasks, ...opsOf(program)];
  const living = new Set<number>();
  for (let known = -1; known < living.size; ) {
    known = living.size;
    for (const op of ops) {
      if (op.verb === 'start' && !hostile.has(op.path)) living.add(op.task);
      if (op.verb === 'fork' && living.has(op.parent) && (op.path === undefined || !hostile.has(op.path))) living.add(op.child);
    }
  }
  return living;
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
