/** A step as a scenario has it, and the runs whose scenario has it so. */
export interface StepText {
  readonly titles: readonly string[];
  /** 0 before the first step. */
  readonly line: number;
  readonly text: string;
}

/** What a run is at a step: its title, its scenario's text, and the line there. */
export interface RunAtStep {
  readonly title: string;
  readonly scenario_text: string | null;
  readonly line: number;
}

/** The step's text in each scenario, those that have it alike together: revisions of one scenario may have another step at the same place. */
export function stepTexts(runs: readonly RunAtStep[]): readonly StepText[] {
  const found: { readonly titles: string[]; readonly line: number; readonly text: string }[] = [];
  for (const { title, scenario_text, line } of runs) {
    const text = scenario_text?.split(/\r?\n/)[line - 1]?.trim().replace(/^- /, '') ?? '';
    const same = found.find((one) => one.text === text);
    if (same === undefined) found.push({ titles: [title], line, text });
    else same.titles.push(title);
  }
  return found;
}
