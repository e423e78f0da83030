import { formatCount, formatNs, plainFigures } from '../../../src-engine/base/figures.ts';
import { chartSvg } from '../../../src-engine/formats/chart-svg.ts';
import { escapeXml } from '../../../src-engine/formats/svg.ts';
import { expectationInWords } from '../../../src-engine/record/describe-event.ts';
import { linesInWords } from '../../../src-engine/record/step-texts.ts';
import { type ComparedSample, differs, isKnown } from '../compare-runs.ts';
import { counterText } from '../counter-text.ts';
import { dyingListed } from '../dying-text.ts';
import { deltaText } from '../text.ts';
import { aboutParagraphs } from './about-lines.ts';
import type { Report } from './report.ts';
import { DYING_LISTED_MAX } from './report-text.ts';

/** One file: no script, nothing loaded, light or dark as the reader's system is, and on paper black on white. */
const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1a1e23, #e6e9ed); --muted: light-dark(#555e68, #a3acb7); --line: light-dark(#d5dae0, #39424c); --sunken: light-dark(#f4f6f8, #1d2228); --page: light-dark(#ffffff, #14181c); --more: light-dark(#9c4a00, #eda92f); --less: light-dark(#00618f, #5cabec); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 24px 64px; background: var(--page); color: var(--text); font: 14px/1.5 Helvetica, Arial, sans-serif; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 36px 0 8px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h3 { font-size: 14px; margin: 20px 0 4px; }
p { margin: 4px 0; max-width: 76ch; }
.muted { color: var(--muted); }
.about { white-space: pre-wrap; max-width: 100ch; }
code, pre, td.figure, .hash { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; }
pre { margin: 8px 0; padding: 12px; overflow-x: auto; border: 1px solid var(--line); background: var(--sunken); line-height: 1.45; }
.hash { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 6px 0; }
th, td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; }
th.figure, td.figure { text-align: right; padding: 2px 0 2px 20px; white-space: nowrap; }
td.more { color: var(--more); } td.less { color: var(--less); }
tr.container th { padding-top: 10px; }
svg { display: block; max-width: 100%; height: auto; margin: 8px 0 16px; border: 1px solid var(--line); background: #ffffff; }
svg svg { border: 0; margin: 0; background: none; display: inline; max-width: none; }
ul { margin: 4px 0; padding-left: 20px; max-width: 90ch; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; } h2, h3 { break-after: avoid; } tr, svg { break-inside: avoid; } pre { white-space: pre-wrap; } .wide { overflow: visible; } }
`.trim();

const html = (text: string): string => escapeXml(plainFigures(text));

/** A report as one page of HTML that needs nothing else: no script, pictures as SVG in it. The same runs give the same bytes. */
export function reportHtml(report: Report): string {
  const { runs, divergence } = report;
  const labels = runs.map(({ run }) => run.label);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${html(report.scenario_name)}: report</title>`,
    `<style>\n${STYLE}\n</style>`,
    '<body>',
    '<main>',
    `<h1>${html(report.scenario_name)}</h1>`,
    `<p class="muted">${html(labels.join(', '))}</p>`,
    ...aboutParagraphs(report.about).map((lines) => `<p class="about">${lines.map(({ lead, text }) => html(lead + text)).join('\n')}</p>`),
    '<h2>Runs</h2>',
    runsTable(report),
    ...section('Samples', samplesTables(report, labels)),
    ...section('Dying containers', dyingLines(report)),
    ...section(
      'First divergence',
      divergence === null
        ? runs.length > 1
          ? ['<p>None: the runs show the same charges and events after every step.</p>']
          : []
        : divergenceLines(report, labels),
    ),
    ...section(
      'Charge over the run',
      runs.flatMap(({ chart }) => (chart === null ? [] : [chartSvg({ ...chart, width_px: 1000 }).trim()])),
    ),
    ...section('Expectations', expectationLines(report)),
    ...section('Notable events', notableLines(report)),
    ...section('Bookmarks', bookmarkLines(report)),
    ...section('Models', modelLines(report)),
    ...section(
      'Scenario',
      report.text === null
        ? []
        : [
            `<p class="muted">SHA-256 <span class="hash">${report.text_sha256}</span></p>`,
            ...report.other_texts.map(
              ({ label, sha256 }) => `<p class="muted">${html(label)} is of another revision, SHA-256 <span class="hash">${sha256}</span></p>`,
            ),
            `<pre tabindex="0">${escapeXml(report.text)}</pre>`,
          ],
    ),
    ...section('How to check it', checkLines(report)),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`<h2>${title}</h2>`, ...lines]);

function runsTable({ runs }: Report): string {
  const rows = runs.map(
    ({ run: { row, label } }) =>
      `<tr><th scope="row">${html(label)}</th><td>${row.status}</td><td class="figure">${html(formatCount(row.event_count))}</td><td class="figure">${html(formatCount(row.step_count))}</td><td class="figure">${html(formatNs(row.end_ns))}</td></tr>`,
  );
  return `<div class="wide"><table><thead><tr><th>model</th><th>status</th><th class="figure">events</th><th class="figure">steps</th><th class="figure">${runs.every(({ run }) => run.report.source === 'engine') ? 'simulated time' : 'time'}</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function samplesTables({ comparison }: Report, labels: readonly string[]): string[] {
  if (comparison.samples.length === 0) return [];
  const head =
    labels.length > 1
      ? [`<p class="muted">${html(labels[0] ?? '')} in full; the others with the difference from it. Shown are current and what differs.</p>`]
      : [];
  return [...head, ...comparison.samples.map((sample) => sampleTable(sample, labels))];
}

function sampleTable({ sample, step, containers }: ComparedSample, labels: readonly string[]): string {
  const [baseline = '', ...others] = labels;
  const rows = Object.entries(containers).flatMap(([path, counters]) => [
    `<tr class="container"><th colspan="${labels.length + 1}" scope="rowgroup">${html(path)}</th></tr>`,
    ...Object.entries(counters)
      .filter(
        ([name, counter]) =>
          (name === 'current' && isKnown(counter)) ||
          (others.length === 0 ? Object.values(counter.values).some((value) => value !== null && value !== 0) : differs(counter)),
      )
      .map(([name, counter]) => {
        const text = counterText(name);
        const base = counter.values[baseline] ?? null;
        const cells = others.map((label) => {
          const value = counter.values[label] ?? null;
          const delta = counter.deltas[label];
          if (value === null) return '<td class="figure">–</td>';
          const words = text(value);
          if (delta === undefined || delta === 0) return `<td class="figure">${html(words)}${delta === 0 ? ' (=)' : ''}</td>`;
          return `<td class="figure ${delta > 0 ? 'more' : 'less'}">${html(words)} (${html(deltaText(delta, text))})</td>`;
        });
        return `<tr><td>${html(name)}</td><td class="figure">${base === null ? '–' : html(text(base))}</td>${cells.join('')}</tr>`;
      }),
  ]);
  const heads = labels.map((label) => `<th class="figure">${html(label)}</th>`).join('');
  return `<h3>${html(sample)} <span class="muted">(step ${step})</span></h3>\n<div class="wide"><table><thead><tr><th>counter</th>${heads}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

function dyingLines({ runs }: Report): string[] {
  const moments = runs.flatMap(({ run, dying }) => dying.map((one) => ({ ...one, label: run.label })));
  if (moments.length === 0) return [];
  return [
    '<p class="muted">Removed, and something is still charged to them.</p>',
    ...moments.map(({ label, moment, dying }) => {
      const list = dyingListed(dying, DYING_LISTED_MAX).map((line) => `<li>${html(line)}</li>`);
      return `<p>${html(`${label}, at ${moment}`)}</p><ul>${list.join('')}</ul>`;
    }),
  ];
}

function divergenceLines({ divergence, divergence_steps: steps }: Report, labels: readonly string[]): string[] {
  if (divergence === null) return [];
  const counter = divergence.counter;
  const values = labels.map(
    (label, index) => `<tr><th scope="row">${html(label)}</th><td class="figure">${html(counterText(counter)(divergence.values[index] ?? 0))}</td></tr>`,
  );
  return [
    ...(steps.length === 1
      ? [`<p>After step ${divergence.step_index}, ${html(linesInWords(steps[0]))}${steps[0].text === '' ? '' : `: <code>${html(steps[0].text)}</code>`}</p>`]
      : [
          `<p>After step ${divergence.step_index}, which is not the same in all revisions:</p>`,
          `<ul>${steps.flatMap(({ places, text }) => places.map(({ line, titles }) => `<li>${html(titles.join(', '))}, line ${line}: <code>${html(text)}</code></li>`)).join('')}</ul>`,
        ]),
    `<table><thead><tr><th>${html(`${counter} of ${divergence.path}`)}</th><th class="figure">value</th></tr></thead><tbody>${values.join('')}</tbody></table>`,
  ];
}

function expectationLines({ runs }: Report): string[] {
  const expected = runs.filter(({ run }) => run.report.expectations.length > 0);
  return expected.map(({ run }) => {
    const failed = run.report.expectations.filter(({ held }) => !held);
    const list = failed.map((one) => `<li>${html(expectationInWords(one))}</li>`).join('');
    return `<p><b>${html(run.label)}</b>: ${run.report.expectations.length - failed.length} of ${run.report.expectations.length} held.</p>${list === '' ? '' : `<ul>${list}</ul>`}`;
  });
}

function notableLines({ runs }: Report): string[] {
  return runs
    .filter(({ notable }) => notable.counts.length > 0)
    .flatMap(({ run, notable }) => [
      `<h3>${html(run.label)}</h3>`,
      `<p>${html(notable.counts.map(({ kind, count }) => `${formatCount(count)} ${kind}`).join(', '))}</p>`,
      ...(notable.shown.length === 0
        ? []
        : [
            '<div class="wide"><table><thead><tr><th class="figure">event</th><th class="figure">step</th><th class="figure">time</th><th>container</th><th>task</th><th>what</th></tr></thead><tbody>',
            ...notable.shown.map(
              (event) =>
                `<tr><td class="figure">${html(formatCount(event.event_number))}</td><td class="figure">${event.step_index}</td><td class="figure">${html(formatNs(event.time_ns))}</td><td>${html(event.container)}</td><td>${html(event.task)}</td><td>${html(event.words)}</td></tr>`,
            ),
            '</tbody></table></div>',
          ]),
    ]);
}

function bookmarkLines({ runs }: Report): string[] {
  const rows = runs.flatMap(({ run }) =>
    run.bookmarks.map(
      ({ event_index, note }) => `<tr><td>${html(run.label)}</td><td class="figure">${html(formatCount(event_index))}</td><td>${html(note)}</td></tr>`,
    ),
  );
  return rows.length === 0
    ? []
    : [`<table><thead><tr><th>run</th><th class="figure">event</th><th>note</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`];
}

function modelLines({ models }: Report): string[] {
  return models.flatMap(({ id, title, summary, source, rules, choices }) => [
    `<h3>${html(id)}${title === '' ? '' : `: ${html(title)}`}</h3>`,
    `<p><code>${html(choices)}</code></p>`,
    ...(summary === '' ? [] : [`<p>${html(summary)}</p>`, `<p class="muted">${html(source)}</p>`]),
    ...(rules.length === 0 ? [] : [`<ul>${rules.map((rule) => `<li>${html(rule)}</li>`).join('\n')}</ul>`]),
  ]);
}

function checkLines({ runs, lab_version, models, text_sha256 }: Report): string[] {
  const rows = runs.map(
    ({ run }) =>
      `<tr><td>${html(run.label)}</td><td class="figure">${html(run.row.engine_version ?? '')}</td><td class="hash">${run.row.log_sha256 ?? '(not complete)'}</td></tr>`,
  );
  const command = `memledger ${models.length > 1 ? 'compare' : 'run'} scenario.yaml ${models.map(({ id }) => `--model ${id}`).join(' ')}`;
  return [
    `<p>Made with Memledger ${html(lab_version)}. The same scenario, model and version of the rules give the same log on every machine.</p>`,
    ...(models.length === 0 || text_sha256 === null
      ? []
      : [
          '<p>Save the scenario above as <code>scenario.yaml</code> (its SHA-256 stands with it), and run</p>',
          `<pre tabindex="0">${escapeXml(command)}</pre>`,
        ]),
    `<div class="wide"><table><thead><tr><th>run</th><th class="figure">rules</th><th>SHA-256 of the log</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
  ];
}
