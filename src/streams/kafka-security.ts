import type { ConnectionOptions, SecureVersion } from 'node:tls';
import type { KafkaConfig, SASLOptions } from 'kafkajs';
import { DruidError, invalidInput } from '../common/druid-error.js';
import type { KafkaProperties } from './kafka-properties.js';

/** Ignoring one of these would connect with less protection than its author asked for, or run what it names. */
const REFUSED = [/^ssl\./, /^sasl\./, /^interceptor\.classes$/];

/**
 * Encryption and authentication. Certificates and keys are given as PEM text: no property makes the server read a file or an address.
 *
 * @throws DruidError INVALID_INPUT, UNSUPPORTED for a security property that is not mapped
 * @source https://kafka.apache.org/documentation/#security_configclients
 */
export function kafkaSecurity(given: KafkaProperties): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const protocol = (given.text('security.protocol') ?? 'PLAINTEXT').toUpperCase();
  const login = { mechanism: given.text('sasl.mechanism'), jaas: given.text('sasl.jaas.config') };
  const tls = tlsOptions(given);
  for (const name of given.rest) {
    if (REFUSED.some((pattern) => pattern.test(name)))
      throw unsupported(`Consumer property [${name}]${adviceOn(name)}`);
  }
  switch (protocol) {
    case 'PLAINTEXT':
      return {};
    case 'SSL':
      return { ssl: tls };
    case 'SASL_PLAINTEXT':
      return { sasl: saslOptions(login.mechanism, login.jaas) };
    case 'SASL_SSL':
      return { ssl: tls, sasl: saslOptions(login.mechanism, login.jaas) };
    default:
      throw invalidInput(`Consumer property [security.protocol] has unknown value [${protocol}]`);
  }
}

function adviceOn(name: string): string {
  if (name.startsWith('ssl.truststore.')) return ', which names a file: give [ssl.truststore.certificates] as PEM,';
  if (!name.startsWith('ssl.keystore.')) return '';
  return ', which names a file: give [ssl.keystore.certificate.chain] and [ssl.keystore.key] as PEM,';
}

function tlsOptions(given: KafkaProperties): ConnectionOptions {
  for (const store of ['ssl.truststore.type', 'ssl.keystore.type']) {
    const type = given.text(store);
    if (type !== undefined && type.toUpperCase() !== 'PEM') throw unsupported(`Consumer property [${store}] [${type}]`);
  }
  const ca = pem(given, 'ssl.truststore.certificates');
  const cert = pem(given, 'ssl.keystore.certificate.chain');
  const key = pem(given, 'ssl.keystore.key');
  const passphrase = given.text('ssl.key.password');
  if ((cert === undefined) !== (key === undefined))
    throw invalidInput('[ssl.keystore.certificate.chain] and [ssl.keystore.key] must be given together');
  const identification = given.text('ssl.endpoint.identification.algorithm');
  if (identification !== undefined && identification !== '' && identification.toLowerCase() !== 'https')
    throw unsupported(`Consumer property [ssl.endpoint.identification.algorithm] [${identification}]`);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(identification === '' && { checkServerIdentity: () => undefined }),
    ...versions(given.text('ssl.enabled.protocols') ?? given.text('ssl.protocol')),
  };
}

/** Line ends may have become `\n` or blanks on the way through properties. */
function pem(given: KafkaProperties, name: string): string | undefined {
  const text = given.text(name)?.replaceAll('\\n', '\n');
  if (text === undefined || /-----BEGIN [A-Z0-9 ]+-----[\s\S]+-----END [A-Z0-9 ]+-----/.test(text)) return text;
  throw invalidInput(`Consumer property [${name}] must be PEM`);
}

function versions(list: string | undefined): Pick<ConnectionOptions, 'minVersion' | 'maxVersion'> {
  if (list === undefined) return {};
  const wanted = list.split(',').map((version) => version.trim());
  if (wanted.every((version) => version === 'TLSv1.2' || version === 'TLSv1.3')) {
    const sorted = [...wanted].sort() as SecureVersion[];
    return { minVersion: sorted[0]!, maxVersion: sorted.at(-1)! };
  }
  throw unsupported(`TLS protocol [${list}]`);
}

const PLAIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule';

function saslOptions(mechanism: string | undefined, jaas: string | undefined): SASLOptions {
  switch ((mechanism ?? '').toUpperCase()) {
    case 'PLAIN':
      return { mechanism: 'plain', ...credentials(jaas, PLAIN_MODULE) };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', ...credentials(jaas, SCRAM_MODULE) };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', ...credentials(jaas, SCRAM_MODULE) };
    default:
      throw unsupported(`Consumer property [sasl.mechanism] [${mechanism ?? 'GSSAPI'}]`);
  }
}

/** `Module required username="…" password="…";` */
function credentials(
  jaas: string | undefined,
  wanted: string,
): { readonly username: string; readonly password: string } {
  const module = /^\s*([\w.$]+)/.exec(jaas ?? '')?.[1];
  if (module !== undefined && module !== wanted) throw unsupported(`Login module [${module}] of [sasl.jaas.config]`);
  const option = (name: string): string | undefined =>
    new RegExp(`\\s${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas ?? '')?.[1]?.replace(/\\(.)/g, '$1');
  const [username, password] = [option('username'), option('password')];
  if (username === undefined || password === undefined)
    throw invalidInput('Consumer property [sasl.jaas.config] must name a username and a password');
  return { username, password };
}

function unsupported(what: string): DruidError {
  return new DruidError(`${what} is not supported`, { category: 'UNSUPPORTED' });
}
