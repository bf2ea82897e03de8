import { hostname } from 'node:os';
import type { Config } from './config/options.js';

/** A wildcard address means nothing to other nodes: they get the machine's name. */
export function advertisedHost(config: Config): string {
  if (config.advertiseHost !== null) return config.advertiseHost;
  return config.host === '0.0.0.0' || config.host === '::' ? hostname() : config.host;
}
