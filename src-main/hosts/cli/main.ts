import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { nearest, similarNames } from '../../../src-engine/base/nearest.ts';
import { parseTime } from '../../../src-engine/record/jump.ts';
import { DEFAULT_KERNEL, DEFAULT_TIMEOUT_MS } from '../../kernel/kernel-defaults.ts';
import { ACCOUNTS } from '../../kernel/plan.ts';
import { EXPORT_FORMAT_NAMES } from '../../lab/exports/formats.ts';
import { memorySize } from '../../lab/memory-size.ts';
import { LAB_VERSION } from '../../lab/version.ts';
import { EXIT } from './output.ts';

/** The command line. Each command answers its exit code (EXIT). */
const EXPORT_FORMATS = [...EXPORT_FORMAT_NAMES, 'png'];
const DEFAULT_PORT = 8377;
const DEFAULT_EVENT_COUNT = 40;
const DEFAULT_ROW_COUNT = 100_000;

/** One of some names; where it is none, the one that is nearest, or where they are listed. */
function oneOf(names: readonly string[], where: string): (text: string) => string {
  return (text) => {
    if (names.includes(text)) return text;
    const near = nearest(text, names) ?? similarNames(text, names)[0];
    throw new InvalidArgumentError(near === undefined ? where : `Did you mean ${near}?`);
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function countingNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It counts from 1.');
  return value;
}

const countingNumbers = (text: string, before: readonly number[] | undefined): readonly number[] => [...(before ?? []), countingNumber(text)];

function simulatedTime(text: string): number {
  const time_ns = parseTime(text);
  if (time_ns === undefined) throw new InvalidArgumentError('It must be a time with its unit, such as 1.5ms.');
  return time_ns;
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('Ports go up to 65535.');
  return port;
}

function sizeOfMemory(text: string): number {
  const bytes = memorySize(text);
  if (bytes === undefined) throw new InvalidArgumentError('It must be a size, such as 512MiB.');
  return bytes;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
const db = (): Option => new Option('--db <file>', 'database or .memledger file to use (default: $MEMLEDGER_DB, else library.db in $XDG_DATA_HOME/memledger)');
const json = (): Option => new Option('--json', 'print JSON');
const model = (): Option =>
  new Option('--model <id>', 'model to run under; may be given several times').argParser(collect).default([], 'those of the scenario');

/** An option that names a place in a run: of several, only one can be meant. */
const place = (flags: string, description: string): Option =>
  new Option(flags, description).conflicts(['from', 'step', 'pass', 'around', 'event', 'time', 'sample'].filter((name) => !flags.startsWith(`--${name} `)));

/** Reads the arguments, carries the command out and answers the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let exit: number = EXIT.ok;
  const program = new Command('memledger');
  // Commander passes arguments, then the options of the command. Only the command that is carried out is loaded.
  const does =
    <A extends readonly unknown[]>(load: () => Promise<(...given: A) => Promise<number>>) =>
    async (...given: A): Promise<void> => {
      const command = await load();
      exit = await command(...given);
    };
  program
    .description('A lab in which kernel engineers study who pays for memory.')
    .version(LAB_VERSION)
    .exitOverride()
    .showHelpAfterError('(`memledger --help` lists the commands)');
  program
    .command('run')
    .description('record a scenario and show its samples')
    .argument('<file>', 'scenario (YAML)')
    .addOption(model())
    .addOption(json())
    .addOption(db())
    .option('--no-store', 'keep nothing of it in the library')
    .action(does(async () => (await import('./scenario-commands.ts')).runCommand));
  program
    .command('check')
    .description('read scenarios and tell their errors; record nothing')
    .argument('<file...>', 'scenarios (YAML)')
    .addOption(json())
    .action(does(async () => (await import('./check-command.ts')).checkCommand));
  program
    .command('format')
    .description('put scenarios into the lab’s layout, as its editor saves them; comments stay')
    .argument('<file...>', 'scenarios (YAML); -: standard input to standard output')
    .option('--check', 'write nothing; name those that would change, and exit with 1 if there are any')
    .action(does(async () => (await import('./format-command.ts')).formatCommand));
  program
    .command('compare')
    .description('record a scenario under several models and lay them side by side')
    .argument('<file>', 'scenario (YAML)')
    .addOption(model())
    .addOption(json())
    .addOption(db())
    .option('--no-store', 'keep nothing of it in the library')
    .action(does(async () => (await import('./scenario-commands.ts')).compareCommand));
  program
    .command('attack')
    .description('run attacks of one container on another and tell the victim’s loss')
    .argument('[name...]', 'attacks shipped with the lab, or files of scenarios with the key `attack` (default: all that are shipped)')
    .addOption(new Option('--model <id>', 'model to attack; may be given several times').argParser(collect).default([], 'every preset'))
    .addOption(json().conflicts(['markdown', 'text']))
    .addOption(new Option('--markdown', 'print Markdown').conflicts(['json', 'text']))
    .option('--text', 'print text of 72 columns (the default)')
    .addOption(db())
    .action(does(async () => (await import('./attack-command.ts')).attackCommand));
  program
    .command('criteria')
    .description('measure every model by the criteria of the SoftwareZones page')
    .addOption(new Option('--model <id>', 'model to measure; may be given several times').argParser(collect).default([], 'every preset'))
    .addOption(json().conflicts(['markdown', 'text']))
    .addOption(new Option('--markdown', 'print Markdown').conflicts(['json', 'text']))
    .option('--text', 'print text of 72 columns (the default)')
    .addOption(db())
    .action(does(async () => (await import('./criteria-command.ts')).criteriaCommand));
  program
    .command('fidelity')
    .description('hold the simulator against real kernels, counter by counter')
    .argument('<path...>', 'scenarios (YAML), recordings of kernels (JSON, named as their scenario), or directories of both')
    .addOption(
      new Option('--kernel <kernel>', 'run the scenarios on this kernel now (as `kernel run`); may be given several times')
        .argParser(collect)
        .default([], 'recordings given, and runs of kernels in the library'),
    )
    .addOption(new Option('--model <id>', 'model to compare; may be given several times').argParser(collect).default([], 'that of the kernel'))
    .addOption(json().conflicts(['markdown', 'text']))
    .addOption(new Option('--markdown', 'print Markdown').conflicts(['json', 'text']))
    .option('--text', 'print text of 72 columns (the default)')
    .option('--no-store', 'keep nothing of it in the library')
    .addOption(db())
    .action(does(async () => (await import('./fidelity-command.ts')).fidelityCommand));
  program
    .command('import')
    .description('import a trace, an out-of-memory report, cgroup files … as a run or as scenarios')
    .argument('[file]', 'file or directory; `-` reads standard input. What it is, is seen by its content')
    .option('--proc <pid...>', 'instead of a file: what these processes of this machine share now, and who is charged', countingNumbers)
    .option('--save <directory>', 'with --proc: keep the files of /proc there, to be imported elsewhere')
    .option('--out <file>', 'write the scenario to a file as well')
    .option('--compare', 'run the scenario under its models, side by side')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./import-command.ts')).importCommand));
  program
    .command('watch')
    .description('record a cgroup tree over time as a run, until Ctrl-C')
    .argument('<directory>', 'directory of cgroupfs, live or a copy')
    .addOption(new Option('--interval <time>', 'time between samples').argParser(simulatedTime).default(1e9, '1s'))
    .option('--count <samples>', 'end after so many samples', countingNumber)
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./watch-command.ts')).watchCommand));
  program
    .command('list')
    .alias('library')
    .description('list scenarios and runs')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./library-commands.ts')).listCommand));
  program
    .command('show')
    .description('show a recorded run')
    .argument('<run>', 'number of the run', wholeNumber)
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./library-commands.ts')).showCommand));
  program
    .command('passes')
    .description('list the reclaim passes of a run')
    .argument('<run>', 'number of the run', countingNumber)
    .option('--from <event>', 'passes that begin at this event or later', wholeNumber)
    .option('--limit <count>', 'passes to list at most', wholeNumber)
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./passes-command.ts')).passesCommand));
  program
    .command('events')
    .description('list events of a run in words')
    .argument('<run>', 'number of the run', countingNumber)
    .addOption(place('--from <event>', 'from this event on (default: the first)').argParser(wholeNumber))
    .addOption(place('--step <step>', 'those of a step').argParser(wholeNumber))
    .addOption(place('--pass <number>', 'those from begin to end of a reclaim pass').argParser(countingNumber))
    .addOption(place('--around <event>', 'those before and after an event').argParser(wholeNumber))
    .option('--count <count>', 'events to list at most', wholeNumber, DEFAULT_EVENT_COUNT)
    .option('--kind <name...>', 'only of these kinds; part of a name does (shrink)')
    .option('--raw', 'print the lines of the trace that they were read from')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./events-command.ts')).eventsCommand));
  program
    .command('state')
    .description('show every container, object and task at one moment of a run (default: its end)')
    .argument('<run>', 'number of the run', countingNumber)
    .addOption(place('--event <event>', 'right after this event; 0: at the start').argParser(wholeNumber))
    .addOption(place('--step <step>', 'where a step begins').argParser(wholeNumber))
    .addOption(place('--time <time>', 'at a simulated time, such as 1.5ms').argParser(simulatedTime))
    .addOption(place('--sample <name>', 'at a sample'))
    .addOption(
      new Option('--until <watch>', 'and from there on to the event that changes this: `A current`, `A current > 8MiB`, `lib resident`, `lib[812]`').conflicts(
        'backTo',
      ),
    )
    .option('--back-to <watch>', 'and from there back to the event that changed this')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./state-command.ts')).stateCommand));
  program
    .command('why')
    .description('say why a page is charged to whom it is, or what a counter of a container is made of')
    .argument('<run>', 'number of the run', countingNumber)
    .argument('<about...>', 'page lib[812], or counter A current')
    .option('--at <event>', 'right after this event (default: at the end)', wholeNumber)
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./why-command.ts')).whyCommand));
  program
    .command('step')
    .description('step through a run on the whole terminal; ? lists the keys')
    .argument('<run>', 'number of the run', countingNumber)
    .option('--event <event>', 'start right after this event', wholeNumber)
    .addOption(db())
    .action(does(async () => (await import('./step-command.ts')).stepCommand));
  program
    .command('finish')
    .description('record the rest of an interrupted run')
    .argument('<run>', 'number of the run', wholeNumber)
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./scenario-commands.ts')).finishCommand));
  program
    .command('export')
    .description('write recorded runs in a format; without --format, print a scenario of the library')
    .argument('<number...>', 'numbers of the runs; without --format, number of the scenario', countingNumbers)
    .addOption(
      new Option('--format <format>', 'format to write')
        .choices(EXPORT_FORMATS)
        .argParser(oneOf(EXPORT_FORMATS, '`memledger export --help` lists the formats.')),
    )
    .option('--output <file>', 'file to write (default: standard output)')
    .option('--unicode', 'text: letters beyond ASCII as they are')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./export-command.ts')).exportCommand));
  program
    .command('share')
    .description('write runs, with their scenarios and bookmarks, into one .memledger file')
    .argument('[run...]', 'numbers of the runs', countingNumbers)
    .option('--scenario <number...>', 'scenarios with all their revisions', countingNumbers)
    .option('--comparison <number...>', 'saved comparisons with their runs', countingNumbers)
    .requiredOption('--output <file>', 'file to write')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./share-command.ts')).shareCommand));
  program
    .command('open')
    .description('show what a .memledger file holds; nothing of it is run, and nothing goes into the library without --keep')
    .argument('<file>', '.memledger file')
    .option('--keep', 'put it into the library')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./share-command.ts')).openCommand));
  program
    .command('perfetto')
    .description('write recorded runs as one trace that ui.perfetto.dev opens')
    .argument('<run...>', 'numbers of the runs', countingNumbers)
    .option('--output <file>', 'file to write', 'memledger.perfetto-trace')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./perfetto-command.ts')).perfettoCommand));
  program
    .command('ubc-check')
    .description('check OpenVZ beancounters by the rules of vzcfgvalidate, or make a scenario of them')
    .argument('<file>', 'a container’s configuration, or /proc/user_beancounters')
    .option('--ram <size>', 'memory of the host', sizeOfMemory, 2 ** 30)
    .option('--swap <size>', 'swap of the host', sizeOfMemory, 2 * 2 ** 30)
    .option('--lowmem <size>', 'low memory of a 32-bit host (default: all of it)', sizeOfMemory)
    .addOption(new Option('--scenario', 'print a scenario with a container for each, under its limits').conflicts('json'))
    .addOption(json())
    .action(does(async () => (await import('./ubc-command.ts')).ubcCommand));
  program
    .command('sql')
    .description('ask SQL over recorded runs')
    .argument('[run-or-query...]', 'numbers of runs (default: all), then one select statement')
    .option('--views', 'list the views and their columns')
    .option('--limit <rows>', 'rows to print at most', countingNumber, DEFAULT_ROW_COUNT)
    .addOption(json().conflicts(['csv', 'markdown', 'vertical']))
    .addOption(new Option('--csv', 'print CSV').conflicts(['json', 'markdown', 'vertical']))
    .addOption(new Option('--markdown', 'print Markdown').conflicts(['json', 'csv', 'vertical']))
    .addOption(new Option('--vertical', 'print row by row, a column a line: no value is cut to fit the terminal').conflicts(['json', 'csv', 'markdown']))
    .addOption(db())
    .action(does(async () => (await import('./sql-command.ts')).sqlCommand));
  program
    .command('models')
    .description('list the models')
    .addOption(json())
    .action(does(async () => (await import('./library-commands.ts')).modelsCommand));
  program
    .command('schema')
    .description('print the JSON Schema of scenarios')
    .action(does(async () => (await import('./library-commands.ts')).schemaCommand));
  program
    .command('reference')
    .description('print the reference of the scenario language')
    .action(does(async () => (await import('./library-commands.ts')).referenceCommand));
  const kernel = program.command('kernel').description('run scenarios on real kernels in QEMU');
  kernel
    .command('run')
    .description('run a scenario on real kernels and record it')
    .argument('<file>', 'scenario (YAML)')
    .addOption(
      new Option('--kernel <kernel>', 'Debian package, directory, or BZIMAGE[,MODULES]; may be given several times')
        .argParser(collect)
        .default([], DEFAULT_KERNEL),
    )
    .option('--repeat <count>', 'boots of each kernel; more than one shows how far they lie apart', countingNumber, 1)
    .addOption(new Option('--cgroup <version>', 'version of cgroups').choices(['v1', 'v2']).default('v2'))
    .addOption(
      new Option('--account <account>', 'count memory by what the kernel charges, by PSS, by distinct mapped pages, or by NUMA node; a run each')
        .choices([...ACCOUNTS])
        .argParser(collect)
        .default([], 'memcg'),
    )
    .option('--no-trace', 'leave the kernel’s tracepoints off')
    .option('--leave-out-limits', 'run without limits that the kernel lacks instead of refusing the scenario for them')
    .option('--timeout <seconds>', 'longest time for one boot', countingNumber, DEFAULT_TIMEOUT_MS / 1000)
    .addOption(new Option('--accel <accel>', 'how QEMU runs the guest').choices(['tcg', 'kvm']).default('tcg'))
    .option('--no-store', 'keep nothing of it in the library')
    .addOption(json())
    .addOption(db())
    .action(does(async () => (await import('./kernel-command.ts')).kernelRunCommand));
  kernel
    .command('list')
    .description('list kernels that need no download')
    .addOption(json())
    .action(does(async () => (await import('./kernel-command.ts')).kernelListCommand));
  program
    .command('desktop-file')
    .description('print the entry with which a Linux desktop opens .memledger files by a double click; --install writes it for you')
    .addOption(new Option('--install', 'write it below XDG_DATA_HOME, with the type of the files').conflicts('remove'))
    .option('--remove', 'take it away again')
    .action(does(async () => (await import('./desktop-command.ts')).desktopCommand));
  program
    .command('serve')
    .description('open the lab in a browser on this machine; with a .memledger file at what it holds')
    .argument('[file]', 'a shared file')
    .option('--port <number>', 'port on 127.0.0.1; 0 for any free one', portNumber, DEFAULT_PORT)
    .option('--no-open', 'do not open a browser')
    .addOption(db())
    .action(does(async () => (await import('./serve-command.ts')).serveCommand));

  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exit;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
// Not only set as the code to end with: handles of a library must not keep a finished command alive.
process.exit(await main(process.argv.slice(2)));
