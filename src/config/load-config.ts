/** Reads the configuration: option > environment > `druid_*` environment > file > default. The only reader of `process.env`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DruidError } from '../common/druid-error.js';
import { readDruidEnvironment } from './druid-environment.js';
import { type Config, DEFAULT_DATA_DIR, OPTIONS, type Option } from './options.js';

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from, in words: `option --port`, `environment variable MILLRACE_PORT`, `file /etc/m.json`, `default`. */
  readonly sources: Readonly<Record<keyof Config, string>>;
  /** For the log: variables that have no effect. */
  readonly warnings: readonly string[];
}

export interface ConfigInputs {
  /** Command line or programmatic options by camel-case name (`dataDir`), undefined ones ignored; `config` names a file. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface RawValue {
  readonly raw: unknown;
  readonly source: string;
}
type RawValues = Map<keyof Config, RawValue>;

const KEYS = Object.keys(OPTIONS) as (keyof Config)[];
const FILE_VARIABLE = 'MILLRACE_CONFIG';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** @throws DruidError INVALID_INPUT that names the option and where its value came from */
export function loadConfig(inputs: ConfigInputs = {}): LoadedConfig {
  const environment = inputs.environment ?? process.env;
  const options = inputs.options ?? {};
  const druid = readDruidEnvironment(environment);
  const raw: RawValues = new Map();
  addFile(raw, options['config'] ?? environment[FILE_VARIABLE]);
  for (const [key, { raw: value, from }] of druid.values)
    raw.set(key, { raw: value, source: `environment variable ${from}` });
  for (const key of KEYS) {
    const name = OPTIONS[key].environment;
    if (environment[name]) raw.set(key, { raw: environment[name], source: `environment variable ${name}` });
  }
  addOptions(raw, options);
  const dataDir = readValue('dataDir', raw, '') || resolve(DEFAULT_DATA_DIR);
  const entries = KEYS.map((key) => [key, readValue(key, raw, dataDir)] as const);
  const config = Object.freeze(Object.fromEntries(entries)) as unknown as Config;
  assertReachability(config, raw);
  const sources = Object.fromEntries(KEYS.map((key) => [key, raw.get(key)?.source ?? 'default']));
  const warnings = [...unknownVariables(environment), ...druid.ignored].map(
    (name) => `Environment variable [${name}] has no effect`,
  );
  return { config, sources: sources as LoadedConfig['sources'], warnings };
}

function addOptions(raw: RawValues, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || name === 'config') continue;
    const key = keyOf(name);
    if (key === undefined) throw problem(`Option [${name}] is unknown`);
    raw.set(key, { raw: value, source: `option --${OPTIONS[key].name}` });
  }
}

function addFile(raw: RawValues, path: unknown): void {
  if (path === undefined || path === '') return;
  if (typeof path !== 'string') throw problem('Option [config] must be the path of a file');
  const source = `file ${path}`;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw problem(`Configuration ${source} cannot be read: ${(cause as Error).message}`, cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw problem(`Configuration ${source} must hold a JSON object`);
  for (const [name, value] of Object.entries(json)) {
    const key = keyOf(name);
    if (key === undefined) throw problem(`Option [${name}] in ${source} is unknown`);
    if (value !== null) raw.set(key, { raw: value, source });
  }
}

/** The option with this name, as on the command line or in camel case. */
function keyOf(name: string): keyof Config | undefined {
  return KEYS.find((key) => key === name || OPTIONS[key].name === name || camelCase(OPTIONS[key].name) === name);
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function readValue<K extends keyof Config>(key: K, raw: RawValues, dataDir: string): Config[K] {
  const option: Option<Config[K]> = OPTIONS[key];
  const given = raw.get(key);
  if (given === undefined) return option.byDefault(dataDir);
  const read = option.read(given.raw);
  if ('value' in read) return read.value;
  throw problem(
    `Option [${option.name}] from ${given.source} must be ${read.expected}, but is [${redactText(String(given.raw))}]`,
  );
}

function assertReachability(config: Config, raw: RawValues): void {
  if (config.insecure || LOOPBACK.test(config.host)) return;
  const source = raw.get('host')?.source ?? 'default';
  throw problem(
    `Option [host] from ${source} is [${config.host}], which other machines reach, and there is no authentication: ` +
      'listen on 127.0.0.1, or accept that with --insecure (MILLRACE_INSECURE=true)',
  );
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set([FILE_VARIABLE, ...KEYS.map((key) => OPTIONS[key].environment)]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('MILLRACE_') && !known.has(name))
    .sort();
}

/** Hides the password of a URL. */
export function redactText(text: string): string {
  return text.replace(/(:\/\/[^/:@\s]*):[^/@\s]*@/g, '$1:***@');
}

function problem(message: string, cause?: unknown): DruidError {
  return new DruidError(message, { category: 'INVALID_INPUT', persona: 'OPERATOR', cause });
}
