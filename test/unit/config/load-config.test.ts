import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeConfig, redactedConfig } from '../../../src/config/describe-config.js';
import { loadConfig } from '../../../src/config/load-config.js';

const directory = mkdtempSync(join(tmpdir(), 'millrace-config-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function file(content: unknown): string {
  const path = join(directory, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const load = (environment: Record<string, string> = {}, options: Record<string, unknown> = {}) =>
  loadConfig({ environment, options });

test('without anything the process is a whole engine on loopback', () => {
  const { config, sources, warnings } = load();
  const dataDir = resolve('millrace-data');
  expect(config).toMatchObject({
    port: 8888,
    host: '127.0.0.1',
    insecure: false,
    dataDir,
    demo: false,
    roles: ['broker', 'historical', 'indexer', 'coordinator'],
    metadata: { kind: 'sqlite', path: join(dataDir, 'metadata.sqlite') },
    deepStorage: { kind: 'local', path: join(dataDir, 'deep-storage') },
    allowLocal: [],
    advertiseHost: null,
    nodeId: null,
    logLevel: 'info',
    logFormat: 'json',
  });
  expect(config.memoryBytes).toBeLessThanOrEqual(4 * 2 ** 30);
  expect(config.threads).toBeGreaterThan(0);
  expect([sources.port, warnings]).toEqual(['default', []]);
});

test('an option beats the environment, that beats Druid variables, those beat the file', () => {
  const path = file({ port: 1, threads: 1, host: 'localhost', 'log-level': 'warn' });
  const environment = {
    MILLRACE_PORT: '3',
    druid_plaintextPort: '2',
    druid_processing_numThreads: '2',
    MILLRACE_HOST: '127.0.0.2',
  };
  const { config, sources } = load({ ...environment, MILLRACE_CONFIG: path }, { host: '127.0.0.3' });
  expect([config.port, config.threads, config.host, config.logLevel]).toEqual([3, 2, '127.0.0.3', 'warn']);
  expect([sources.port, sources.threads, sources.host, sources.logLevel]).toEqual([
    'environment variable MILLRACE_PORT',
    'environment variable druid_processing_numThreads',
    'option --host',
    `file ${path}`,
  ]);
});

test('defaults follow the data directory', () => {
  const { config } = load({}, { dataDir: '/var/lib/millrace' });
  expect([config.metadata, config.deepStorage]).toEqual([
    { kind: 'sqlite', path: '/var/lib/millrace/metadata.sqlite' },
    { kind: 'local', path: '/var/lib/millrace/deep-storage' },
  ]);
});

describe('values', () => {
  test.each([
    ['MILLRACE_MEMORY', '2g', 'memoryBytes', 2 * 2 ** 30],
    ['MILLRACE_MEMORY', '512 MiB', 'memoryBytes', 512 * 2 ** 20],
    ['MILLRACE_MEMORY', '1073741824', 'memoryBytes', 2 ** 30],
    ['MILLRACE_ROLES', 'indexer, Broker', 'roles', ['broker', 'indexer']],
    ['MILLRACE_ALLOW_LOCAL', '/a:/b/', 'allowLocal', ['/a', '/b']],
    ['MILLRACE_DEMO', '1', 'demo', true],
    [
      'MILLRACE_DEEP_STORAGE',
      's3://bucket/pre/fix/',
      'deepStorage',
      { kind: 's3', bucket: 'bucket', prefix: 'pre/fix' },
    ],
    ['MILLRACE_METADATA', 'postgres://u:p@h/d', 'metadata', { kind: 'postgres', url: 'postgres://u:p@h/d' }],
  ])('%s=%s', (name, value, key, expected) => {
    expect(load({ [name]: value }).config).toHaveProperty(key, expected);
  });

  test('repeated options are lists', () => {
    expect(load({}, { allowLocal: ['/a', '/b'] }).config.allowLocal).toEqual(['/a', '/b']);
  });

  test('Druid settings of storage and metadata become locations', () => {
    const { config } = load({
      druid_metadata_storage_connector_connectURI: 'jdbc:postgresql://db:5432/druid',
      druid_metadata_storage_connector_user: 'druid',
      druid_metadata_storage_connector_password: 'p@ss',
      druid_storage_type: 's3',
      druid_storage_bucket: 'bucket',
      druid_storage_baseKey: 'druid/segments',
    });
    expect(config.metadata).toEqual({ kind: 'postgres', url: 'postgresql://druid:p%40ss@db:5432/druid' });
    expect(config.deepStorage).toEqual({ kind: 's3', bucket: 'bucket', prefix: 'druid/segments' });
  });
});

describe('mistakes name the option and where the value came from', () => {
  test.each([
    [
      { MILLRACE_PORT: 'http' },
      {},
      'Option [port] from environment variable MILLRACE_PORT must be a whole number from 0 to 65535, but is [http]',
    ],
    [{}, { memory: '12 apples' }, 'Option [memory] from option --memory must be a size'],
    [
      { MILLRACE_ROLES: 'router' },
      {},
      'Option [roles] from environment variable MILLRACE_ROLES must be at least one of broker',
    ],
    [{ MILLRACE_METADATA: 'mysql://u:secret@h/d' }, {}, 'but is [mysql://u:***@h/d]'],
    [{}, { prot: 1 }, 'Option [prot] is unknown'],
    [{ druid_plaintextPort: '99999' }, {}, 'from environment variable druid_plaintextPort'],
    [{ MILLRACE_CONFIG: '/does/not/exist.json' }, {}, 'Configuration file /does/not/exist.json cannot be read'],
  ])('%j %j', (environment, options, message) => {
    expect(() => load(environment as Record<string, string>, options)).toThrow(message);
  });

  test('in a file', () => {
    const path = file({ colour: 'red' });
    expect(() => load({}, { config: path })).toThrow(`Option [colour] in file ${path} is unknown`);
    expect(() => load({}, { config: file('{') })).toThrow('cannot be read');
    expect(() => load({}, { config: file([]) })).toThrow('must hold a JSON object');
  });
});

test('a host that other machines reach is refused without insecure', () => {
  expect(() => load({ MILLRACE_HOST: '0.0.0.0' })).toThrow(
    /MILLRACE_HOST is \[0.0.0.0\], which other machines reach.*--insecure/,
  );
  expect(() => load({}, { host: 'millrace.example' })).toThrow('--insecure');
  expect(load({ MILLRACE_HOST: '0.0.0.0', MILLRACE_INSECURE: 'true' }).config.host).toBe('0.0.0.0');
  for (const host of ['localhost', '127.0.0.53', '::1']) expect(load({}, { host }).config.host).toBe(host);
});

test('variables without effect are warned about, not refused', () => {
  expect(load({ MILLRACE_COLOUR: 'red', druid_zk_service_host: 'zk', HOME: '/root' }).warnings).toEqual([
    'Environment variable [MILLRACE_COLOUR] has no effect',
    'Environment variable [druid_zk_service_host] has no effect',
  ]);
});

test('the print at start shows no password', () => {
  const { config } = load({ MILLRACE_METADATA: 'postgres://user:secret@host/db' });
  expect(JSON.stringify(redactedConfig(config))).not.toContain('secret');
  expect(redactedConfig(config)).toMatchObject({ metadata: { url: 'postgres://user:***@host/db' }, port: 8888 });
});

test('help has every option once, with its variable', () => {
  const described = describeConfig();
  expect(described.map(({ key }) => key)).toEqual(Object.keys(load().config));
  expect(new Set(described.map(({ environment }) => environment)).size).toBe(described.length);
  expect(described.find(({ key }) => key === 'dataDir')?.flags).toBe('--data-dir <path>');
  expect(described.find(({ key }) => key === 'demo')?.flags).toBe('--demo');
});

test('query lanes are read in each form, and from the variables of Druid', () => {
  const lanes = (text: string): unknown => load({}, { queryLanes: text }).config.queryLanes;
  expect(load().config).toMatchObject({ queryCapacity: 0, queryLanes: { strategy: 'none' } });
  expect(lanes('hilo:20')).toEqual({ strategy: 'hilo', maxLowPercent: 20 });
  expect(lanes('manual:a=5, b=10%')).toEqual({
    strategy: 'manual',
    lanes: { a: { limit: 5, isPercent: false }, b: { limit: 10, isPercent: true } },
  });
  for (const wrong of ['hilo', 'hilo:0', 'manual:', 'manual:a', 'other'])
    expect(() => lanes(wrong)).toThrow('query-lanes');
  const { config } = load({
    druid_query_scheduler_numThreads: '40',
    druid_query_scheduler_laning_strategy: 'hilo',
    druid_query_scheduler_laning_maxLowPercent: '30',
  });
  expect(config).toMatchObject({ queryCapacity: 40, queryLanes: { strategy: 'hilo', maxLowPercent: 30 } });
});
