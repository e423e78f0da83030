/** A step as scenarios have it: revisions of one scenario may have it on other lines, or another step at its place. */
export interface StepText {
  /** Empty before the first step, and where there is no scenario. */
  readonly text: string;
  /** Lines on which it stands, 0 before the first step, and the titles of the runs whose scenario has it there. */
  readonly places: readonly { readonly line: number; readonly titles: readonly string[] }[];
}

/** What a run is at a step: its title, the lines of its scenario, and the number of the line there. */
export interface RunAtStep {
  readonly title: string;
  readonly scenario_lines: readonly string[];
  readonly line: number;
}

/** The lines of a scenario's text; none of none. */
export const scenarioLines = (text: string | null): readonly string[] => text?.split(/\r?\n/) ?? [];

/** The step that stands on a line; empty where there is none. */
export const stepOnLine = (lines: readonly string[], line: number): string => lines[line - 1]?.trim().replace(/^- /, '') ?? '';

/** The step of each run as its scenario has it, those that have it alike together. */
export function stepTexts(runs: readonly RunAtStep[]): readonly StepText[] {
  const found = new Map<string, Map<number, string[]>>();
  for (const { title, scenario_lines, line } of runs) {
    const text = stepOnLine(scenario_lines, line);
    const places = found.get(text) ?? new Map<number, string[]>();
    found.set(text, places.set(line, [...(places.get(line) ?? []), title]));
  }
  return [...found].map(([text, places]) => ({ text, places: [...places].map(([line, titles]) => ({ line, titles })) }));
}

/** Titles of the runs that have a step so. */
export const titlesOf = ({ places }: StepText): readonly string[] => places.flatMap(({ titles }) => titles);

/** Where a step stands: `line 7`; on several lines `line 7 of static (run 1), line 8 of static (run 2)`. `numberText` writes a line's number. */
export const linesInWords = ({ places }: StepText, numberText: (line: number) => string = String): string =>
  places.map(({ line, titles }) => `line ${numberText(line)}${places.length === 1 ? '' : ` of ${titles.join(', ')}`}`).join(', ');
