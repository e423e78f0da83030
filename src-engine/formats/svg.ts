/** The light theme's colours of categories, in the window's order. */
export const CATEGORY_COLORS = ['#0069b4', '#b86e00', '#00805d', '#b04a84', '#c9480a', '#3a94c8', '#7d7400', '#646d78'] as const;
/** The light theme's colours of text, of what is said beside it, and of lines that part. */
export const TEXT_COLOR = '#1a1e23';
export const MUTED_COLOR = '#555e68';
export const LINE_COLOR = '#dfe3e8';
/** Fonts that any viewer has, and their size in px. */
export const FONT = 'Helvetica, Arial, sans-serif';
export const FONT_PX = 11;

/** A length or a place in px, to a tenth. */
export const rounded = (value: number): string => `${Math.round(value * 10) / 10}`;

/** Text as it may stand in XML: five characters written out, control characters left out. */
export const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no place for them.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** A line of text with its base line at y. `options`: further attributes, each with a space before it. */
export const svgText = (x: number, y: number, content: string, options = ''): string =>
  `<text x="${rounded(x)}" y="${rounded(y)}"${options}>${escapeXml(content)}</text>`;
