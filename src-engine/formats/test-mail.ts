/** A text as a mail program sends it on: each line quoted, then broken at spaces before the column `width`; words that are longer stay whole. `again`: what a broken line goes on with. */
export function asMailed(text: string, quote: string, width: number, again = ''): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .flatMap((line) => {
      const pieces: string[] = [];
      let rest = quote + line;
      while (rest.length > width) {
        const within = rest.lastIndexOf(' ', width);
        const space = within > quote.length ? within : rest.indexOf(' ', width);
        if (space < 0) break;
        pieces.push(rest.slice(0, space));
        rest = again + rest.slice(space + 1);
      }
      return [...pieces, rest];
    })
    .join('\n');
}
