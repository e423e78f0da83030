/** Shorter starts are not worth cutting. */
const CUT_MIN = 12;
/** Words before the first difference that stay, so that it is seen what differs: the key and what opens it. */
const WORDS_BEFORE = 1;

/** Texts from a little before where they first differ: what all begin with is cut, for it is the end that tells them apart where the room is short. */
export function fromDifference(texts: readonly string[]): readonly string[] {
  const [first = '', ...others] = texts;
  let common = 0;
  while (common < first.length && others.every((text) => text[common] === first[common])) common += 1;
  // Back to the begin of the word that differs, and of those before it.
  const starts = [...first.slice(0, common + 1).matchAll(/(?<=\s)\S/g)].map(({ index }) => index);
  const cut = starts.at(-1 - WORDS_BEFORE) ?? 0;
  return cut < CUT_MIN ? texts : texts.map((text) => `…${text.slice(cut)}`);
}
