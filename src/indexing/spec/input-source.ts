/** Where batch input is. @source Druid `LocalInputSource.java`, `InlineInputSource.java` */
import {
  cannotConstruct,
  isObject,
  optionalString,
  stringArray,
  typeOf,
  unknownType,
  unsupported,
} from './json-reader.js';

export type InputSource =
  /** Files of a directory tree whose name matches the glob. */
  | { readonly type: 'local'; readonly baseDir: string; readonly filter: string }
  | { readonly type: 'local'; readonly files: readonly string[] }
  | { readonly type: 'inline'; readonly data: string };

const JAVA_CLASS = 'org.apache.druid.data.input.InputSource';
const KNOWN_ELSEWHERE = [
  'azureStorage',
  'combining',
  'delta',
  'druid',
  'google',
  'hdfs',
  'http',
  'iceberg',
  's3',
  'sql',
];

export function parseInputSource(json: unknown): InputSource {
  const type = typeOf(json, JAVA_CLASS);
  const spec = isObject(json) ? json : {};
  switch (type) {
    case 'inline': {
      const data = optionalString(spec, 'data');
      if (data === undefined || data === '')
        throw cannotConstruct('org.apache.druid.data.input.impl.InlineInputSource', 'empty data');
      return { type, data };
    }
    case 'local': {
      const baseDir = optionalString(spec, 'baseDir');
      const filter = optionalString(spec, 'filter');
      const files = stringArray(spec, 'files') ?? [];
      const problem = (text: string) => cannotConstruct('org.apache.druid.data.input.impl.LocalInputSource', text);
      if (baseDir !== undefined) {
        if (files.length > 0) throw problem('At most one of [baseDir, files] must be present');
        if (filter === undefined) throw problem('filter');
        return { type, baseDir, filter };
      }
      if (files.length === 0) throw problem('Either one of baseDir or files should be specified');
      return { type, files };
    }
    default:
      if (KNOWN_ELSEWHERE.includes(type)) throw unsupported(`inputSource [${type}] is not supported`);
      throw unknownType(type, JAVA_CLASS, ['inline', 'local']);
  }
}
