/** An about text taken apart: prose, and readings of single models. */
export interface AboutParts {
  readonly prose: string;
  readonly readings: readonly { readonly model: string; readonly text: string }[];
}

/** Takes lines of the form `static: the first toucher pays` out of an about text, where the word before the colon is a model's id. */
export function aboutParts(about: string, models: ReadonlySet<string>): AboutParts {
  const prose: string[] = [];
  const readings: { model: string; text: string }[] = [];
  for (const line of about.split('\n')) {
    const [, model, text] = /^([\w-]+):\s+(.+)$/.exec(line) ?? [];
    if (model !== undefined && text !== undefined && models.has(model)) readings.push({ model, text });
    else prose.push(line);
  }
  return { prose: prose.join('\n').trim(), readings };
}
