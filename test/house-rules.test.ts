import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The house's rules, executed: which room may import what, no cycles, no file too long to read at once, documented exports,
 * and nothing in the repository that is true of one machine only.
 */

const ROOT = join(import.meta.dirname, '..');

/** What a room may import. A folder ends with `/` and a file does not; the first room whose `at` is a prefix of the file's path counts. */
interface Room {
  readonly at: string;
  /** Paths of this repository. */
  readonly paths: readonly string[];
  /** Paths of which only types may be imported. */
  readonly types?: readonly string[];
  /** Packages; a trailing `/` takes every package of that scope, `node:` takes Node's own modules. */
  readonly packages: readonly string[];
}

const BROWSER_SAFE_LAB = [
  'src-main/lab/contract.ts',
  'src-main/lab/sharing-contract.ts',
  'src-main/lab/guest-ids.ts',
  'src-main/lab/rpc.ts',
  'src-main/lab/wire.ts',
];

/** Tables and words in which every host tells a recorded run. */
const RUN_WORDS = [
  'events',
  'event-number',
  'event-query',
  'counters',
  'counter-names',
  'describe-event',
  'passes',
  'run-words',
  'step-texts',
  'jump',
  'sql-views',
  'page-values',
  'read-last',
].map((name) => `src-engine/record/${name}.ts`);

/** Each knows those before it and none after: a recording is read without a simulator, the machine asks its policies by their contracts alone. */
const ENGINE_FLOORS = ['base', 'record', 'scenario', 'containers', 'machine', 'models', 'simulate.ts', 'compare'].map(
  (name) => `src-engine/${name}${name.endsWith('.ts') ? '' : '/'}`,
);

const ROOMS: readonly Room[] = [
  // The engine's floors: each stands on those before it.
  ...ENGINE_FLOORS.map((at, index) => ({ at, paths: ENGINE_FLOORS.slice(0, index + 1), packages: ['yaml', 'zod'] })),
  { at: 'src-engine/formats/', paths: ['src-engine/formats/', 'src-engine/base/', 'src-engine/record/', 'src-engine/scenario/'], packages: [] },
  {
    at: 'src-main/store/',
    paths: ['src-main/store/', 'migrations/', 'src-engine/'],
    types: ['src-main/lab/contract.ts', 'src-main/lab/sharing-contract.ts'],
    packages: ['node:', 'kysely', 'better-sqlite3'],
  },
  { at: 'migrations/', paths: ['migrations/'], packages: ['kysely'] },
  ...BROWSER_SAFE_LAB.map((at) => ({ at, paths: [...BROWSER_SAFE_LAB, 'src-engine/'], packages: ['zod'] })),
  { at: 'src-main/lab/', paths: ['src-main/lab/', 'src-main/kernel/', 'src-main/store/', 'src-engine/'], packages: ['node:', 'zod'] },
  { at: 'src-main/kernel/', paths: ['src-main/kernel/', 'src-main/lab/', 'src-main/store/', 'src-engine/'], packages: ['node:', 'zod'] },
  { at: 'src-main/hosts/web/', paths: ['src-main/hosts/web/', 'src-main/lab/', 'src-engine/base/'], packages: ['node:', 'ws'] },
  { at: 'src-main/hosts/electron/preload.ts', paths: ['src-main/hosts/electron/channels.ts'], packages: ['electron'] },
  // Both hosts serve the built window's files.
  {
    at: 'src-main/hosts/electron/',
    paths: ['src-main/hosts/electron/', 'src-main/hosts/web/static-files.ts', 'src-main/lab/', 'src-engine/base/'],
    packages: ['node:', 'electron', 'zod'],
  },
  // `memledger serve` starts the web host, so the command line knows it.
  {
    at: 'src-main/hosts/cli/',
    paths: ['src-main/hosts/cli/', 'src-main/hosts/web/', 'src-main/lab/', 'src-main/kernel/', 'src-engine/base/', ...RUN_WORDS],
    types: ['src-engine/'],
    packages: ['node:', 'commander'],
  },
  {
    at: 'src-renderer/',
    paths: ['src-renderer/', ...BROWSER_SAFE_LAB, 'src-engine/base/', 'src-engine/formats/chart-svg.ts', ...RUN_WORDS],
    types: ['src-engine/record/run.ts'],
    packages: ['vue', 'pinia', 'reka-ui', 'echarts', '@codemirror/', '@lezer/', 'virtual:docs'],
  },
];

/** Longer files, each with the reason why it is not split. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'src-engine/scenario/schema.ts': 'one schema gives the types, the validation, the JSON Schema and the reference page',
};
const LINES_MAX = 600;

/** Exported functions without a doc comment, by folder. These counts may only fall. */
const UNDOCUMENTED_MAX: Readonly<Record<string, number>> = {};

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly line: number;
  readonly isType: boolean;
}

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const sources = tracked.filter((path) => /\.(ts|vue|js)$/.test(path));
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The script of a file: a Vue component's `<script>` blocks with everything else blanked, so that lines keep their numbers. */
function scriptOf(path: string): string {
  const text = textOf(path);
  if (!path.endsWith('.vue')) return text;
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  let script = '';
  let end = 0;
  for (const match of text.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/g)) {
    const start = match.index + (match[1]?.length ?? 0);
    script += blank(text.slice(end, start)) + (match[2] ?? '');
    end = start + (match[2]?.length ?? 0);
  }
  return script + blank(text.slice(end));
}

const trees = new Map(
  sources.map((path) => [
    path,
    ts.createSourceFile(path, scriptOf(path), ts.ScriptTarget.Latest, true, path.endsWith('.js') ? ts.ScriptKind.JS : ts.ScriptKind.TS),
  ]),
);

function importsOf(from: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, isType: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    found.push({ from, specifier: specifier.text, line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1, isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node, node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const imports = [...trees].flatMap(([path, tree]) => importsOf(path, tree));
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test/') || /\/test-[a-z-]+\.ts$/.test(path);
const targetOf = (one: Import): string => normalize(join(dirname(one.from), one.specifier.replace(/\?.*$/, '')));
const within = (target: string, allowed: readonly string[]): boolean =>
  allowed.some((path) => target === path || (path.endsWith('/') && target.startsWith(path)));

function isAllowed(one: Import, room: Room): boolean {
  if (one.specifier.startsWith('.')) {
    const target = targetOf(one);
    return within(target, room.paths) || (one.isType && within(target, room.types ?? []));
  }
  if (one.specifier.startsWith('node:') || builtinModules.includes(one.specifier)) return room.packages.includes('node:');
  return room.packages.some((name) => one.specifier === name || one.specifier.startsWith(name.endsWith('/') ? name : `${name}/`));
}

it('plurals of notes and messages are made in one place', () => {
  const by_hand = /=== 1 \? ['"`]([\w ]*?)['"`] : ['"`]\1(?:s|es)\b/;
  expect(sources.filter((path) => path.startsWith('src-') && by_hand.test(textOf(path)))).toEqual([]);
});

describe('the rooms of the house', () => {
  it('import only what their room may', () => {
    const wrong = imports
      .filter((one) => !isTest(one.from))
      .filter((one) => {
        const room = ROOMS.find((candidate) => one.from === candidate.at || (candidate.at.endsWith('/') && one.from.startsWith(candidate.at)));
        return room !== undefined && !isAllowed(one, room);
      })
      .map((one) => `${one.from}:${one.line} imports ${one.specifier}`);
    expect(wrong).toEqual([]);
  });

  it('have no cycles (imports of types excepted)', () => {
    const edges = new Map<string, string[]>();
    for (const one of imports) {
      if (!one.isType && one.specifier.startsWith('.')) edges.set(one.from, [...(edges.get(one.from) ?? []), targetOf(one)]);
    }
    const cycles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      const at = trail.indexOf(path);
      if (at >= 0) cycles.push([...trail.slice(at), path].join(' → '));
      if (at >= 0 || done.has(path)) return;
      for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of edges.keys()) walk(path, []);
    expect(cycles).toEqual([]);
  });
});

describe('every file', () => {
  it(`has at most ${LINES_MAX} lines, or a reason not to`, () => {
    const long = sources.filter((path) => textOf(path).split('\n').length > LINES_MAX && LONG_FILES[path] === undefined);
    expect(long).toEqual([]);
  });

  it('holds no `any` and no note of work left undone', () => {
    const wrong: string[] = [];
    for (const [path, tree] of trees) {
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) wrong.push(`${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1} any`);
        ts.forEachChild(node, visit);
      };
      visit(tree);
      tree.text.split('\n').forEach((line, index) => {
        if (/(\/\/|\*)\s*(TODO|FIXME|XXX|HACK)\b/.test(line)) wrong.push(`${path}:${index + 1} ${line.trim()}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  it('documents each function it exports', () => {
    const missing: Record<string, string[]> = {};
    for (const [path, tree] of trees) {
      if (isTest(path) || path.endsWith('.js') || path.endsWith('.config.ts')) continue;
      for (const statement of tree.statements) {
        const isExported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
        if (!isExported || !isFunction(statement) || hasDoc(statement, tree)) continue;
        const room = path.split('/').slice(0, 2).join('/');
        missing[room] = [...(missing[room] ?? []), `${path}:${tree.getLineAndCharacterOfPosition(statement.getStart(tree)).line + 1}`];
      }
    }
    const tooMany = Object.entries(missing).filter(([room, places]) => places.length > (UNDOCUMENTED_MAX[room] ?? 0));
    expect(Object.fromEntries(tooMany)).toEqual({});
  });

  it('speaks of no registry and of no path of one machine', () => {
    // Written so that this file does not find itself.
    const patterns = [/https?:\/\/[^\s'"]*(registry|artifactory|nexus|verdaccio)[^\s'"]*/i, /(?<![\w.])\/work\/\w/, /(?<![\w.])\/home\/\w/, /\/tmp\/[b]riefs/];
    const binary = /\.(png|ico|zst|gz|bin|db)$/;
    const wrong = tracked
      .filter((path) => !binary.test(path) && !path.startsWith('test/fixtures/'))
      .flatMap((path) =>
        textOf(path)
          .split('\n')
          .flatMap((line, index) => (patterns.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1} ${line.trim().slice(0, 120)}`] : [])),
      );
    expect(wrong).toEqual([]);
  });
});

/** A declared function, or a constant that holds one of more than a line (a one-line arrow says what it does). */
function isFunction(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement)) return true;
  if (!ts.isVariableStatement(statement)) return false;
  return statement.declarationList.declarations.some(
    ({ initializer }) => initializer !== undefined && ts.isArrowFunction(initializer) && ts.isBlock(initializer.body),
  );
}

function hasDoc(statement: ts.Statement, tree: ts.SourceFile): boolean {
  return (ts.getLeadingCommentRanges(tree.text, statement.getFullStart()) ?? []).some(({ pos }) => tree.text.startsWith('/**', pos));
}
