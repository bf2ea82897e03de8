import { readFile } from 'node:fs/promises';
import { locateFile } from './batch/input-files.js';
import { HttpAccess } from './http-access.js';
import type { FormatServices } from './parse/record-source.js';

/** What specs may make this process read, as its operator allowed. Plain data. */
export interface InputAccess {
  /** Directories. */
  readonly allowLocal: readonly string[];
  /** Beginnings of URLs, or `*`. */
  readonly allowHttp: readonly string[];
}

export const NO_ACCESS: InputAccess = { allowLocal: [], allowHttp: [] };

export function formatServices(access: InputAccess): FormatServices {
  const http = new HttpAccess(access.allowHttp);
  return {
    http,
    readFile: async (location) => {
      if (!/^https?:/i.test(location)) return readFile(await locateFile(location, access.allowLocal));
      const response = await http.get(location);
      if (!response.ok) throw new Error(`Address [${location}] answers with status [${response.status}]`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
