/** Where batch input is. @source Druid `LocalInputSource.java`, `InlineInputSource.java`, `HttpInputSource.java`, `S3InputSource.java`, `DruidInputSource.java` */
import type { Interval } from '../../common/interval.js';
import { parseInterval } from '../../common/iso-time.js';
import type { Filter } from '../../query/native-query.js';
import { parseFilter } from '../../query/parse-filter.js';
import { ingestionScope } from '../../query/parse-scope.js';
import {
  cannotConstruct,
  isObject,
  type JsonObject,
  optionalArray,
  optionalObject,
  optionalString,
  stringArray,
  typeOf,
  unknownType,
  unsupported,
} from './json-reader.js';

export type InputSource = DataSource | CombiningSource | StoredSource;

/** Sources of bytes. */
export type DataSource = { readonly type: 'inline'; readonly data: string } | FileSource;

/** Sources of files; those that are asked of where a file is become fields of its records. */
export type FileSource = { readonly systemFields: readonly SystemField[] } & (
  | /** Files of a directory tree whose name matches the glob. */
  { readonly type: 'local'; readonly baseDir: string; readonly filter: string }
  | { readonly type: 'local'; readonly files: readonly string[] }
  | { readonly type: 'http'; readonly uris: readonly string[]; readonly headers: Readonly<Record<string, string>> }
  | S3Source
);

const SYSTEM_FIELDS = ['__file_uri', '__file_bucket', '__file_path'] as const;
export type SystemField = (typeof SYSTEM_FIELDS)[number];

export interface CombiningSource {
  readonly type: 'combining';
  readonly delegates: readonly (DataSource | CombiningSource)[];
}

export interface S3Source {
  readonly type: 's3';
  readonly objects: readonly S3Location[];
  /** Every object whose key begins so. */
  readonly prefixes: readonly S3Location[];
  /** Keys that are wanted of those; null = all. */
  readonly objectGlob: string | null;
  /** Absent: the server's own. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Rows of segments that are used now. */
export interface StoredSource {
  readonly type: 'druid';
  readonly dataSource: string;
  readonly interval: Interval;
  /** Rows for which it is not true are left out. */
  readonly filter: Filter | null;
}

const JAVA_CLASS = 'org.apache.druid.data.input.InputSource';
const IMPLEMENTATION = 'org.apache.druid.data.input.impl';
const KNOWN_ELSEWHERE = ['azureStorage', 'delta', 'google', 'hdfs', 'iceberg', 'sql'];
const KNOWN = ['combining', 'druid', 'http', 'inline', 'local', 's3'];

export function parseInputSource(json: unknown): InputSource {
  const type = typeOf(json, JAVA_CLASS);
  const spec = isObject(json) ? json : {};
  switch (type) {
    case 'inline': {
      const data = optionalString(spec, 'data');
      if (data === undefined || data === '') throw cannotConstruct(`${IMPLEMENTATION}.InlineInputSource`, 'empty data');
      return { type, data };
    }
    case 'local':
      return { ...parseLocal(spec), systemFields: systemFieldsOf(spec) };
    case 'http':
      return { ...parseHttp(spec), systemFields: systemFieldsOf(spec) };
    case 's3':
      return { ...parseS3(spec), systemFields: systemFieldsOf(spec) };
    case 'combining': {
      const delegates = (optionalArray(spec, 'delegates') ?? []).map(parseInputSource);
      if (delegates.length === 0)
        throw cannotConstruct(`${IMPLEMENTATION}.CombiningInputSource`, 'Must specify at least one delegate');
      return {
        type,
        delegates: delegates.map((delegate) => {
          if (delegate.type === 'druid') throw unsupported('inputSource [druid] within [combining] is not supported');
          return delegate;
        }),
      };
    }
    case 'druid':
      return parseStored(spec);
    default:
      if (KNOWN_ELSEWHERE.includes(type)) throw unsupported(`inputSource [${type}] is not supported`);
      throw unknownType(type, JAVA_CLASS, KNOWN);
  }
}

/** All that records of a source have beside their own fields. */
export function systemFieldsIn(source: DataSource | CombiningSource): readonly SystemField[] {
  if (source.type === 'inline') return [];
  return source.type === 'combining' ? source.delegates.flatMap(systemFieldsIn) : source.systemFields;
}

function systemFieldsOf(spec: JsonObject): readonly SystemField[] {
  return (stringArray(spec, 'systemFields') ?? []).map((name) => {
    const known = SYSTEM_FIELDS.find((field) => field === name);
    if (known === undefined) throw cannotConstruct('org.apache.druid.data.input.impl.systemfield.SystemField', name);
    return known;
  });
}

type WithoutFields<S> = S extends unknown ? Omit<S, 'systemFields'> : never;
type Local = Extract<FileSource, { readonly type: 'local' }>;
type Http = Extract<FileSource, { readonly type: 'http' }>;

function parseLocal(spec: JsonObject): WithoutFields<Local> {
  const baseDir = optionalString(spec, 'baseDir');
  const filter = optionalString(spec, 'filter');
  const files = stringArray(spec, 'files') ?? [];
  const problem = (text: string) => cannotConstruct(`${IMPLEMENTATION}.LocalInputSource`, text);
  if (baseDir !== undefined) {
    if (files.length > 0) throw problem('At most one of [baseDir, files] must be present');
    if (filter === undefined) throw problem('filter');
    return { type: 'local', baseDir, filter };
  }
  if (files.length === 0) throw problem('Either one of baseDir or files should be specified');
  return { type: 'local', files };
}

function parseHttp(spec: JsonObject): WithoutFields<Http> {
  const uris = stringArray(spec, 'uris') ?? [];
  if (uris.length === 0) throw cannotConstruct(`${IMPLEMENTATION}.HttpInputSource`, 'Empty URIs');
  for (const uri of uris) {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
    if (scheme !== 'http' && scheme !== 'https')
      throw cannotConstruct(`${IMPLEMENTATION}.HttpInputSource`, 'Only [http, https] protocols are allowed');
  }
  const user = optionalString(spec, 'httpAuthenticationUsername');
  const password = passwordOf(spec['httpAuthenticationPassword']) ?? '';
  const headers = Object.entries(optionalObject(spec, 'requestHeaders') ?? {}).map(
    ([name, value]) => [name, String(value)] as const,
  );
  const credentials = Buffer.from(`${user ?? ''}:${password}`, 'utf8').toString('base64');
  return {
    type: 'http',
    uris,
    headers: { ...Object.fromEntries(headers), ...(user !== undefined && { authorization: `Basic ${credentials}` }) },
  };
}

/** @source Druid `S3InputSource.java`, `CloudObjectInputSource.java` */
function parseS3(spec: JsonObject): S3Source {
  const problem = (text: string) => cannotConstruct('org.apache.druid.data.input.s3.S3InputSource', text);
  const uris = (stringArray(spec, 'uris') ?? []).map(s3Location);
  const prefixes = (stringArray(spec, 'prefixes') ?? []).map(s3Location);
  const objects = (optionalArray(spec, 'objects') ?? []).map((object) => {
    const bucket = isObject(object) ? optionalString(object, 'bucket') : undefined;
    const key = isObject(object) ? optionalString(object, 'path') : undefined;
    if (bucket === undefined || key === undefined) throw problem('objects must have [bucket] and [path]');
    return { bucket, key };
  });
  if ([uris, prefixes, objects].filter((list) => list.length > 0).length !== 1)
    throw problem('Exactly one of uris, prefixes or objects must be specified');
  const endpoint = optionalObject(spec, 'endpointConfig');
  const url = endpoint && optionalString(endpoint, 'url');
  const region = endpoint && optionalString(endpoint, 'signingRegion');
  const properties = optionalObject(spec, 'properties') ?? {};
  if (optionalString(properties, 'assumeRoleArn') !== undefined) throw unsupported('assumeRoleArn is not supported');
  const accessKeyId = passwordOf(properties['accessKeyId']);
  const secretAccessKey = passwordOf(properties['secretAccessKey']);
  return {
    type: 's3',
    objects: [...uris, ...objects],
    prefixes,
    objectGlob: optionalString(spec, 'objectGlob') ?? null,
    ...(url !== undefined && { endpoint: url }),
    ...(region !== undefined && { region }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
  };
}

function s3Location(uri: string): S3Location {
  const match = /^s3[an]?:\/\/([^/]+)\/(.*)$/s.exec(uri);
  if (match === null) throw cannotConstruct('org.apache.druid.data.input.s3.S3InputSource', `Invalid URI [${uri}]`);
  return { bucket: match[1]!, key: match[2]! };
}

/** A text, or `{"type": "default", "password": …}`: other providers would read the server's environment. */
function passwordOf(json: unknown): string | undefined {
  if (json === undefined || json === null || typeof json === 'string') return json ?? undefined;
  const type = isObject(json) ? json['type'] : undefined;
  if (type !== 'default') throw unsupported(`Password provider [${String(type)}] is not supported`);
  return isObject(json) ? optionalString(json, 'password') : undefined;
}

function parseStored(spec: JsonObject): StoredSource {
  const problem = (text: string) => cannotConstruct('org.apache.druid.indexing.input.DruidInputSource', text);
  const dataSource = optionalString(spec, 'dataSource');
  if (dataSource === undefined) throw problem('dataSource');
  if ((optionalArray(spec, 'segments') ?? []).length > 0) throw unsupported('segments of inputSource [druid]');
  const interval = optionalString(spec, 'interval');
  if (interval === undefined) throw problem("Specify exactly one of 'interval' and 'segments'");
  const scope = ingestionScope();
  const filter = spec['filter'] === undefined || spec['filter'] === null ? null : parseFilter(spec['filter'], scope);
  if (scope.derivedColumns.length > 0) throw unsupported('A filter of inputSource [druid] that computes columns');
  return { type: 'druid', dataSource, interval: parseInterval(interval), filter };
}
