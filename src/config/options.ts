/** The one list of options: everything that can be configured, how it is spelled, read and described. */
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type DeepStorageLocation,
  type MetadataLocation,
  type QueryLanes,
  type Reader,
  readBytes,
  readDeepStorage,
  readDirectories,
  readFlag,
  readInteger,
  readMetadata,
  readOneOf,
  readPath,
  readQueryLanes,
  readSubset,
  readText,
  readUrls,
} from './config-values.js';

export const ROLES = ['broker', 'historical', 'indexer', 'coordinator'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Settings of a process, read once at start. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly insecure: boolean;
  readonly dataDir: string;
  readonly demo: boolean;
  readonly roles: readonly Role[];
  readonly metadata: MetadataLocation;
  readonly deepStorage: DeepStorageLocation;
  readonly allowLocal: readonly string[];
  readonly allowHttp: readonly string[];
  /** null: the host that the server listens on. */
  readonly advertiseHost: string | null;
  /** null: the id kept in the data directory. */
  readonly nodeId: string | null;
  readonly memoryBytes: number;
  /** Streams are not read while less is free in the data directory's file system. */
  readonly diskReserveBytes: number;
  /** Of each partition of pushed events: what is published goes, oldest first, while there is more. */
  readonly pushRetentionBytes: number;
  readonly threads: number;
  /** Native queries at once; 0 = no limit. */
  readonly queryCapacity: number;
  readonly queryLanes: QueryLanes;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'text';
}

export interface Option<T> {
  /** As on the command line, without the dashes; in a file also in camel case. */
  readonly name: string;
  /** What stands for the value in help texts; absent for a flag. */
  readonly placeholder?: string;
  /** May be given several times on the command line. */
  readonly repeatable?: boolean;
  readonly environment: string;
  readonly description: string;
  /** The default as text, for help. */
  readonly defaultText: string;
  readonly read: Reader<T>;
  /** `dataDir` is settled before the others. */
  readonly byDefault: (dataDir: string) => T;
}

export const DEFAULT_DATA_DIR = './millrace-data';

const GIB = 2 ** 30;

function defaultMemoryBytes(): number {
  const limit = process.constrainedMemory();
  const machine = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.min(4 * GIB, Math.floor(machine / 4));
}

export const OPTIONS: { readonly [K in keyof Config]: Option<Config[K]> } = {
  port: {
    name: 'port',
    placeholder: 'number',
    environment: 'MILLRACE_PORT',
    description: 'TCP port of the HTTP and WebSocket server; 0 takes a free one',
    defaultText: '8888',
    read: readInteger(0, 65_535),
    byDefault: () => 8888,
  },
  host: {
    name: 'host',
    placeholder: 'address',
    environment: 'MILLRACE_HOST',
    description: 'Address to listen on; one that other machines reach needs --insecure',
    defaultText: '127.0.0.1',
    read: readText,
    byDefault: () => '127.0.0.1',
  },
  insecure: {
    name: 'insecure',
    environment: 'MILLRACE_INSECURE',
    description: 'Allow other machines to connect although there is no authentication',
    defaultText: 'false',
    read: readFlag,
    byDefault: () => false,
  },
  dataDir: {
    name: 'data-dir',
    placeholder: 'path',
    environment: 'MILLRACE_DATA_DIR',
    description: 'Directory for everything that this process keeps',
    defaultText: DEFAULT_DATA_DIR,
    read: readPath,
    byDefault: (dataDir) => dataDir,
  },
  demo: {
    name: 'demo',
    environment: 'MILLRACE_DEMO',
    description: 'Start the built-in live stream',
    defaultText: 'false',
    read: readFlag,
    byDefault: () => false,
  },
  roles: {
    name: 'roles',
    placeholder: 'list',
    environment: 'MILLRACE_ROLES',
    description: `What this process does, separated by commas: ${ROLES.join(', ')}`,
    defaultText: ROLES.join(','),
    read: readSubset(ROLES, ','),
    byDefault: () => ROLES,
  },
  metadata: {
    name: 'metadata',
    placeholder: 'url',
    environment: 'MILLRACE_METADATA',
    description: 'Metadata store: postgres://user:password@host/database, or the path of a SQLite file',
    defaultText: '<data-dir>/metadata.sqlite',
    read: readMetadata,
    byDefault: (dataDir) => ({ kind: 'sqlite', path: join(dataDir, 'metadata.sqlite') }),
  },
  deepStorage: {
    name: 'deep-storage',
    placeholder: 'url',
    environment: 'MILLRACE_DEEP_STORAGE',
    description: 'Where segments are kept: s3://bucket/prefix, or the path of a directory',
    defaultText: '<data-dir>/deep-storage',
    read: readDeepStorage,
    byDefault: (dataDir) => ({ kind: 'local', path: join(dataDir, 'deep-storage') }),
  },
  allowLocal: {
    name: 'allow-local',
    placeholder: 'path',
    repeatable: true,
    environment: 'MILLRACE_ALLOW_LOCAL',
    description: 'Directory that ingestion may read files from; repeatable, in the environment separated by colons',
    defaultText: 'none',
    read: readDirectories,
    byDefault: () => [],
  },
  allowHttp: {
    name: 'allow-http',
    placeholder: 'url',
    repeatable: true,
    environment: 'MILLRACE_ALLOW_HTTP',
    description:
      'Beginning of the URLs that ingestion may read (files, schema registries), or * for all; repeatable, in the environment separated by commas',
    defaultText: 'none',
    read: readUrls,
    byDefault: () => [],
  },
  advertiseHost: {
    name: 'advertise-host',
    placeholder: 'name',
    environment: 'MILLRACE_ADVERTISE_HOST',
    description: 'Name under which other nodes reach this one',
    defaultText: 'the host',
    read: readText,
    byDefault: () => null,
  },
  nodeId: {
    name: 'node-id',
    placeholder: 'id',
    environment: 'MILLRACE_NODE_ID',
    description: 'Name of this node in the cluster, unique and the same after a restart',
    defaultText: 'kept in the data directory',
    read: readText,
    byDefault: () => null,
  },
  memoryBytes: {
    name: 'memory',
    placeholder: 'size',
    environment: 'MILLRACE_MEMORY',
    description: 'Memory for column data in bytes, or with k, m, g',
    defaultText: "a quarter of the machine's, at most 4g",
    read: readBytes(64 * 2 ** 20),
    byDefault: defaultMemoryBytes,
  },
  diskReserveBytes: {
    name: 'disk-reserve',
    placeholder: 'size',
    environment: 'MILLRACE_DISK_RESERVE',
    description: 'Streams are not read while less of the disk of the data directory is free, in bytes or with k, m, g',
    defaultText: '256m',
    read: readBytes(0),
    byDefault: () => 256 * 2 ** 20,
  },
  pushRetentionBytes: {
    name: 'push-retention',
    placeholder: 'size',
    environment: 'MILLRACE_PUSH_RETENTION',
    description:
      'Pushed events that are published are deleted while the log of a partition is larger, in bytes or with k, m, g',
    defaultText: '1g',
    read: readBytes(0),
    byDefault: () => GIB,
  },
  threads: {
    name: 'threads',
    placeholder: 'number',
    environment: 'MILLRACE_THREADS',
    description: 'Worker threads that run queries',
    defaultText: 'the number of cores',
    read: readInteger(1, 1024),
    byDefault: availableParallelism,
  },
  queryCapacity: {
    name: 'query-capacity',
    placeholder: 'number',
    environment: 'MILLRACE_QUERY_CAPACITY',
    description: 'Most native queries at once, more are refused with 429; 0 = no limit',
    defaultText: '0',
    read: readInteger(0, 1_000_000),
    byDefault: () => 0,
  },
  queryLanes: {
    name: 'query-lanes',
    placeholder: 'lanes',
    environment: 'MILLRACE_QUERY_LANES',
    description:
      'Shares of the query capacity: hilo:20 leaves at most 20 percent to queries of low priority, manual:a=5,b=10% limits lanes by name',
    defaultText: 'none',
    read: readQueryLanes,
    byDefault: () => ({ strategy: 'none' }),
  },
  logLevel: {
    name: 'log-level',
    placeholder: 'level',
    environment: 'MILLRACE_LOG_LEVEL',
    description: `Least serious messages that are logged: ${LOG_LEVELS.join(', ')}`,
    defaultText: 'info',
    read: readOneOf(LOG_LEVELS),
    byDefault: () => 'info',
  },
  logFormat: {
    name: 'log-format',
    placeholder: 'format',
    environment: 'MILLRACE_LOG_FORMAT',
    description: 'json for machines, text for people',
    defaultText: 'text on a terminal, else json',
    read: readOneOf(['json', 'text']),
    byDefault: () => (process.stdout.isTTY ? 'text' : 'json'),
  },
};
