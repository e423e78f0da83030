import { rulesInWords } from '../src-engine/models/rules-in-words.ts';
import { AXES, AXIS_NAMES, type Axis, type AxisChoices } from '../src-engine/scenario/axes.ts';
import { PRESETS } from '../src-engine/scenario/presets.ts';
import { drawPicture, type Panel } from './pictures/draw.ts';
import { type Facts, factsOf, sceneOf } from './pictures/facts.ts';

const SQUARES =
  'A square is 1 MiB. Its letters are the containers that are charged for it, with ¼ or ½ where each is charged for a part; –: nobody; dotted: not in memory. ';
const ARROWS = 'Arrows say who uses what: solid through a mapping, dashed otherwise.';

/** What the signs mean that stand in the panels. */
const legendOf = (panels: readonly Panel[]): string =>
  `${panels.some(({ facts }) => facts.things.some(({ squares }) => squares.length > 0)) ? SQUARES : ''}${ARROWS}`;

/** A picture below docs/, and what it says in words, for those who do not see it. */
export interface ModelPicture {
  /** Path below docs/. */
  readonly path: string;
  readonly svg: string;
  readonly alt: string;
}

/** The pictures of docs/models.md: one for each axis, in which its policies stand side by side, and one for each preset. */
export interface ModelPictures {
  /** What happens in the scene of each axis. */
  readonly scenes: ReadonlyMap<Axis, string>;
  readonly axes: ReadonlyMap<Axis, ModelPicture>;
  readonly presets: ReadonlyMap<string, ModelPicture>;
}

const inWords = ({ title, facts }: Panel): string =>
  `${title}: ${[...facts.containers.map(({ path, life, current, counters }) => [`${path}${life === 'there' ? '' : ` (${life})`} ${current}`, ...counters].join(', ')), ...facts.notes].join('; ')}`;

/** A policy of an axis with the plainest choice on the others. */
const modelWith = (axis: Axis, policy: string): string => (axis === 'pages' ? `pages=${policy}` : `pages=static,${axis}=${policy}`);

/** The axes of a preset that its picture shows: those on which it does something. */
const shownAxes = (axes: AxisChoices): readonly Axis[] => AXIS_NAMES.filter((axis) => axis === 'pages' || axes[axis] !== 'none');

/** Runs the scene of each axis under every policy and every preset, and draws how it ends. Deterministic, as the engine is. */
export async function modelPictures(): Promise<ModelPictures> {
  const scenes = new Map(AXIS_NAMES.map((axis) => [axis, sceneOf(axis)]));
  const known = new Map<string, Promise<Facts>>();
  const panelOf = async (axis: Axis, policy: string, model: string): Promise<Panel> => {
    const scene = scenes.get(axis);
    if (scene === undefined) throw new Error(`no scene for ${axis}`);
    const key = `${axis} ${model}`;
    const facts = known.get(key) ?? factsOf(scene, model);
    known.set(key, facts);
    return { title: `${axis}: ${policy}`, caption: rulesInWords(model)?.[axis] ?? '', facts: await facts };
  };
  const picture = (path: string, title: string, panels: readonly Panel[]): ModelPicture => ({
    path,
    svg: drawPicture(title, legendOf(panels), panels),
    alt: panels.map(inWords).join('. '),
  });
  const axes = new Map<Axis, ModelPicture>();
  for (const axis of AXIS_NAMES) {
    const panels = await Promise.all(AXES[axis].map((policy) => panelOf(axis, policy, modelWith(axis, policy))));
    axes.set(axis, picture(`images/models/axis-${axis}.svg`, `The policies for ${axis} side by side`, panels));
  }
  const presets = new Map<string, ModelPicture>();
  for (const { id, axes: choices } of PRESETS) {
    const panels = await Promise.all(shownAxes(choices).map((axis) => panelOf(axis, choices[axis], id)));
    presets.set(id, picture(`images/models/${id}.svg`, `The model ${id}`, panels));
  }
  return { scenes: new Map([...scenes].map(([axis, { parsed }]) => [axis, parsed.scenario.about])), axes, presets };
}
