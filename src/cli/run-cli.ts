import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { DruidError } from '../common/druid-error.js';
import { describeConfig } from '../config/describe-config.js';

/** What the command starts; the composition root gives it. */
export interface RunningMillrace {
  readonly url: string;
  readonly demo: boolean;
  readonly startMs: number;
  /** Publishes or leaves for replay what was read, then ends everything. */
  stop(): Promise<void>;
}

export type StartMillrace = (options: Readonly<Record<string, unknown>>) => Promise<RunningMillrace>;

/** A second signal does not wait for a stop that hangs. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Parses the command line and runs it. `load` imports the engine only when a command needs it. */
export async function runCli(argv: readonly string[], load: () => Promise<StartMillrace>): Promise<void> {
  const program = new Command('millrace')
    .description('Real-time OLAP engine that speaks Apache Druid’s HTTP API')
    .version(await packageVersion(), '-V, --version')
    .showHelpAfterError('(millrace --help lists commands and options)');
  const start = program
    .command('start')
    .description('Run Millrace in the foreground: all roles in one process, or some with --roles');
  for (const { flags, repeatable, environment, description, defaultText } of describeConfig()) {
    const option = new Option(flags, `${description} (default: ${defaultText}; environment: ${environment})`);
    if (repeatable) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    start.addOption(option);
  }
  start.option('--config <file>', 'JSON file with the same options, as {"dataDir": …} or {"data-dir": …}');
  start.addHelpText(
    'after',
    '\nAn option wins over its environment variable, that over the file, that over the default.',
  );
  start.action(async (options: Readonly<Record<string, unknown>>) => run(await load(), byConfigKey(options)));
  program
    .command('ingest <spec>')
    .description('Submit the batch task of a JSON file to a running Millrace and show how far it is')
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:8888')
    .action(async (spec: string, { url }: { readonly url: string }) => {
      const { ingest } = await import('./ingest-command.js');
      try {
        if (!(await ingest(spec, url.replace(/\/+$/, ''), process.stdout))) process.exitCode = 1;
      } catch (error) {
        process.stderr.write(`millrace: ${(error as Error).message}\n`);
        process.exitCode = 1;
      }
    });
  await program.parseAsync([...argv]);
}

/** Commander names options after their flags (`memory`), the configuration by its own keys (`memoryBytes`). */
function byConfigKey(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = new Map(describeConfig().map(({ flags, key }) => [camelCase(flags), key as string]));
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [keys.get(name) ?? name, value]));
}

function camelCase(flags: string): string {
  const name = flags.split(' ')[0]!.slice(2);
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

async function run(start: StartMillrace, options: Readonly<Record<string, unknown>>): Promise<void> {
  let running: RunningMillrace;
  try {
    running = await start(options);
  } catch (error) {
    // Wrong options and a taken port are the user's to mend: no stack.
    const text =
      error instanceof DruidError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`millrace: ${text}\n`);
    process.exit(1);
  }
  process.stdout.write(greeting(running));
  let stopping = false;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`millrace: stop failed: ${String(error)}\n`);
          process.exit(1);
        },
      );
    });
  }
}

function greeting(running: RunningMillrace): string {
  const demo = running.demo
    ? 'The demo stream is running: open the page and watch.'
    : 'Add --demo for a live stream to look at.';
  return `\n  Millrace is ready in ${running.startMs} ms\n  Open ${running.url}\n  ${demo} Ctrl+C stops.\n\n`;
}

async function packageVersion(): Promise<string> {
  const up = import.meta.url.endsWith('.ts') ? '../..' : '..';
  const text = await readFile(new URL(`${up}/package.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
