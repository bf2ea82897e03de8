/**
 * `druid_a_b` variables of Druid's Docker image, as far as Millrace has the setting.
 * @source Druid `distribution/docker/druid.sh`
 */
import type { Config } from './options.js';

export interface DruidSettings {
  /** Raw values by option, with the variables that they come from. */
  readonly values: ReadonlyMap<keyof Config, { readonly raw: unknown; readonly from: string }>;
  /** Variables without effect. */
  readonly ignored: readonly string[];
}

const SIMPLE: Readonly<Record<string, keyof Config>> = {
  druid_plaintextPort: 'port',
  druid_host: 'advertiseHost',
  druid_processing_numThreads: 'threads',
  druid_query_scheduler_numThreads: 'queryCapacity',
};

const METADATA = ['druid_metadata_storage_type', 'druid_metadata_storage_connector_connectURI'];
const METADATA_LOGIN = ['druid_metadata_storage_connector_user', 'druid_metadata_storage_connector_password'];
const STORAGE = [
  'druid_storage_type',
  'druid_storage_bucket',
  'druid_storage_baseKey',
  'druid_storage_storageDirectory',
];

/** Manual lanes have variables of their own names in Druid, which are not read: `MILLRACE_QUERY_LANES` sets them. */
const LANING = ['druid_query_scheduler_laning_strategy', 'druid_query_scheduler_laning_maxLowPercent'];

export function readDruidEnvironment(environment: Readonly<Record<string, string | undefined>>): DruidSettings {
  const values = new Map<keyof Config, { raw: unknown; from: string }>();
  const known = new Set([...Object.keys(SIMPLE), ...METADATA, ...METADATA_LOGIN, ...STORAGE, ...LANING]);
  for (const [variable, key] of Object.entries(SIMPLE)) {
    const raw = environment[variable];
    if (raw) values.set(key, { raw, from: variable });
  }
  const metadata = metadataUrl(environment);
  if (metadata !== undefined) values.set('metadata', { raw: metadata, from: METADATA[1]! });
  const storage = storageUrl(environment);
  if (storage !== undefined) values.set('deepStorage', { raw: storage, from: STORAGE[0]! });
  const lanes = laning(environment);
  if (lanes !== undefined) values.set('queryLanes', { raw: lanes, from: LANING[0]! });
  const ignored = Object.keys(environment).filter((name) => name.startsWith('druid_') && !known.has(name));
  return { values, ignored: ignored.sort() };
}

/** `jdbc:postgresql://host/db` with user and password becomes one URL. */
function metadataUrl(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const uri = environment[METADATA[1]!];
  if (!uri) return undefined;
  const url = uri.replace(/^jdbc:/, '');
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) return url;
  const [user, password] = METADATA_LOGIN.map((name) => environment[name] ?? '');
  const parsed = new URL(url);
  if (user) parsed.username = encodeURIComponent(user);
  if (password) parsed.password = encodeURIComponent(password);
  return parsed.href;
}

function storageUrl(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const [type, bucket, baseKey, directory] = STORAGE.map((name) => environment[name] ?? '');
  if (type === 's3') return `s3://${bucket}/${baseKey ?? ''}`;
  return type === 'local' && directory ? directory : undefined;
}

function laning(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const [strategy, percent] = LANING.map((name) => environment[name] ?? '');
  return strategy === 'hilo' ? `hilo:${percent}` : undefined;
}
