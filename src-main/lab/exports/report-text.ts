import { formatCount, formatNs, plainFigures, plural } from '../../../src-engine/base/figures.ts';
import { expectationInWords } from '../../../src-engine/record/describe-event.ts';
import { linesInWords } from '../../../src-engine/record/step-texts.ts';
import { compareText } from '../compare-text.ts';
import { counterText } from '../counter-text.ts';
import { dyingListed } from '../dying-text.ts';
import { TEXT_COLUMNS, wrapped } from '../text.ts';
import { type AboutLine, aboutParagraphs } from './about-lines.ts';
import type { Report, ReportedRun } from './report.ts';

/** What stands for characters that ASCII lacks; each is as wide as what it stands for, so that tables hold. */
const ASCII: Readonly<Record<string, string>> = {
  '−': '-',
  '–': '-',
  '—': '-',
  '…': '~',
  '→': '>',
  '±': '~',
  '×': 'x',
  µ: 'u',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
};

/** Text in ASCII: what has a plain form gets it, the rest becomes `?`. */
export const toAscii = (text: string): string =>
  [...text.normalize('NFC')]
    .map((letter) => {
      if (letter === '\n' || (letter >= ' ' && letter <= '~')) return letter;
      const bare = ASCII[letter] ?? letter.normalize('NFKD').replace(/[^ -~]/g, '');
      return bare === '' ? '?' : bare;
    })
    .join('');

/** Dying containers of one moment that are listed one by one, here and in the page. */
export const DYING_LISTED_MAX = 20;
/** Deeper items of lists stand no deeper than this. */
const ABOUT_INDENT_MAX = 12;

/** Lines of at most so many columns: words that are longer are broken. Tabs and other control characters become blanks. */
function folded(text: string, indent = ''): string[] {
  const width = TEXT_COLUMNS - indent.length;
  const words = plainFigures(text)
    .replace(/\p{Cc}/gu, ' ')
    .split(' ')
    .flatMap((word) => (word.length <= width ? [word] : [...pieces(word, width)]));
  return wrapped(words.join(' '), TEXT_COLUMNS, indent).split('\n');
}

function* pieces(word: string, width: number): Generator<string> {
  for (let at = 0; at < word.length; at += width) yield word.slice(at, at + width);
}

/** A line of an `about`, what it goes on in as far to the right as its text begins. */
function aboutLines({ lead, text }: AboutLine): string[] {
  const begin = lead.slice(Math.max(lead.length - ABOUT_INDENT_MAX, 0));
  const [first = '', ...rest] = folded(text, ' '.repeat(begin.length));
  return [begin + first.slice(begin.length), ...rest];
}

/** What a scenario is about, as its author wrote it, in lines of 72 columns; a blank line before each paragraph. */
export const aboutText = (about: string): string[] => aboutParagraphs(about).flatMap((lines) => ['', ...lines.flatMap(aboutLines)]);

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', title, '-'.repeat(title.length), '', ...lines]);

/** A report as plain text for a mailing list: no line longer than 72 columns, no tabs; ASCII unless `unicode`. The same runs give the same text. */
export function reportText(report: Report, { unicode = false }: { readonly unicode?: boolean } = {}): string {
  const { runs, divergence, divergence_steps: steps } = report;
  const labels = runs.map(({ run }) => run.label);
  const lines = [
    ...folded(report.scenario_name),
    '='.repeat(Math.min(report.scenario_name.length, TEXT_COLUMNS)),
    ...aboutText(report.about),
    ...section('Runs', runs.flatMap(runLines)),
    ...section('Samples', samplesLines(report, labels)),
    ...section('Dying containers (removed, still charged)', runs.flatMap(dyingLines)),
    ...section(
      'First divergence',
      divergence === null
        ? runs.length > 1
          ? ['none: the runs show the same charges and events after every step']
          : []
        : [
            ...(steps.length === 1
              ? folded(`after step ${divergence.step_index} (${linesInWords(steps[0])})${steps[0].text === '' ? '' : `: ${steps[0].text}`}`)
              : [
                  ...folded(`after step ${divergence.step_index}, which is not the same in all revisions:`),
                  ...steps.flatMap(({ places, text: step }) =>
                    places.flatMap(({ line, titles }) => folded(`${titles.join(', ')}, line ${line}: ${step}`, '  ')),
                  ),
                ]),
            ...folded(`${divergence.counter} of ${divergence.path}:`),
            ...labels.flatMap((label, index) => folded(`${label}: ${counterText(divergence.counter)(divergence.values[index] ?? 0)}`, '  ')),
          ],
    ),
    ...section(
      'Expectations that did not hold',
      runs.flatMap(({ run }) => run.report.expectations.filter(({ held }) => !held).flatMap((one) => folded(`${run.label}: ${expectationInWords(one)}`))),
    ),
    ...section('Notable events', runs.flatMap(notableLines)),
    ...section(
      'Bookmarks',
      runs.flatMap(({ run }) =>
        run.bookmarks.flatMap(({ event_index, note }) => folded(`${run.label}, event ${formatCount(event_index)}: ${note === '' ? '(no note)' : note}`)),
      ),
    ),
    ...section('How to reproduce', reproduceLines(report)),
  ];
  const text = `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
  return unicode ? text : toAscii(text);
}

function runLines({ run }: ReportedRun): string[] {
  const { row, label, report } = run;
  return [
    ...folded(
      `${label}: ${row.status}, ${plural(row.event_count, 'event')}, ${plural(row.step_count, 'step')}, ${formatNs(row.end_ns)} ${report.source === 'engine' ? 'simulated' : 'recorded'}`,
    ),
    ...(row.log_sha256 === null ? [] : [`  log ${row.log_sha256}`]),
  ];
}

function samplesLines({ comparison, runs }: Report, labels: readonly string[]): string[] {
  if (comparison.samples.length === 0) return [];
  const head = runs.length > 1 ? [...folded(`${labels[0]} in full, the others as differences from it; = is no difference.`), ''] : [];
  return [...head, ...compareText(comparison, labels).split('\n')];
}

const dyingLines = ({ run, dying }: ReportedRun): string[] =>
  dying.flatMap(({ moment, dying: containers }) => [
    ...folded(`${run.label}, at ${moment}:`),
    ...dyingListed(containers, DYING_LISTED_MAX).flatMap((line) => folded(line, '  ')),
  ]);

function notableLines({ run, notable }: ReportedRun): string[] {
  if (notable.counts.length === 0) return [];
  return [
    ...folded(`${run.label}: ${notable.counts.map(({ kind, count }) => `${formatCount(count)} ${kind}`).join(', ')}`),
    ...notable.shown.flatMap((event) =>
      folded(
        `event ${formatCount(event.event_number)}, step ${event.step_index}, ${formatNs(event.time_ns)}${event.container === '' ? '' : `, ${event.container}`}${event.task === '' ? '' : `, ${event.task}`}: ${event.words}`,
        '  ',
      ),
    ),
  ];
}

function reproduceLines({ runs, text_sha256, lab_version, models, other_texts }: Report): string[] {
  const versions = [...new Set(runs.map(({ run }) => (run.report.source === 'trace' ? 'imported trace' : `rules ${run.row.engine_version ?? '?'}`)))].join(
    ', ',
  );
  const head = folded(`Memledger ${lab_version}, ${versions}.`);
  if (text_sha256 === null) return head;
  const command =
    models.length === 0
      ? []
      : [
          `  memledger ${models.length > 1 ? 'compare' : 'run'} scenario.yaml \\`,
          ...models.map(({ id }, index) => `    --model ${id}${index + 1 < models.length ? ' \\' : ''}`),
        ];
  return [
    ...head,
    '',
    'Save the scenario as scenario.yaml; its SHA-256 is',
    `  ${text_sha256}`,
    ...other_texts.flatMap(({ label, sha256 }) => ['', ...folded(`${label} is of another revision of it; the SHA-256 of that is`), `  ${sha256}`]),
    ...(command.length === 0
      ? []
      : [
          '',
          ...command.flatMap((line) => (line.length <= TEXT_COLUMNS ? [line] : folded(line.trim(), '    '))),
          '',
          'The same scenario, model and rules give the logs named above.',
        ]),
  ];
}
