import { invalidInput } from '../../common/druid-error.js';
import type { ExternalInput } from '../sql-catalog.js';
import type { Expression, TableFunctionNode } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';

type Argument = string | number | boolean | readonly string[];
type Arguments = ReadonlyMap<string, Argument>;
type Json = Readonly<Record<string, unknown>>;

const SQL = { sourceType: 'sql' };

/** How the arguments of each function become an input source; what is absent is left out. @source Druid `InlineInputSourceDefn.java` and its siblings */
const SOURCES: Readonly<Record<string, { readonly names: readonly string[]; source(given: Arguments): Json }>> = {
  INLINE: {
    names: ['data'],
    source: (given) => ({ type: 'inline', data: listOf(given, 'data')?.join('\n') }),
  },
  LOCALFILES: {
    names: ['baseDir', 'filter', 'files'],
    source: (given) => ({
      type: 'local',
      baseDir: given.get('baseDir'),
      filter: given.get('filter') ?? (given.has('baseDir') ? '*' : undefined),
      files: listOf(given, 'files'),
    }),
  },
  HTTP: {
    names: ['uris', 'userName', 'password', 'passwordEnvVar'],
    source: (given) => ({
      type: 'http',
      uris: listOf(given, 'uris'),
      httpAuthenticationUsername: given.get('userName'),
      httpAuthenticationPassword: given.has('passwordEnvVar')
        ? { type: 'environment', variable: given.get('passwordEnvVar') }
        : given.get('password'),
    }),
  },
  S3: {
    names: ['uris', 'bucket', 'prefixes', 'objects', 'objectGlob', 'accessKeyId', 'secretAccessKey', 'assumeRoleArn'],
    source: s3Source,
  },
};

const FORMATS = ['format', 'listDelimiter', 'delimiter', 'skipRows'];

export function isNamedTableFunction(name: string): boolean {
  return Object.hasOwn(SOURCES, name.toUpperCase());
}

/**
 * What `TABLE(INLINE(data => …, format => 'csv')) (column type, …)` and the like read.
 * @throws DruidError INVALID_INPUT: arguments without a name, unknown ones, values that are no literals
 * @source Druid `SchemaAwareUserDefinedTableMacro.java`, `InputFormats.java`
 */
export function namedTableInput(
  { call }: TableFunctionNode,
  columns: readonly string[],
): Pick<ExternalInput, 'inputSource' | 'inputFormat'> {
  const name = call.name.toUpperCase();
  const { names, source } = SOURCES[name]!;
  const given = new Map<string, Argument>();
  for (const operand of call.operands) {
    if (operand.kind !== 'named') throw errorAt(`${name} takes arguments by name: [name => value]`, operand.at);
    const known = [...names, ...FORMATS].find((each) => each === operand.name.text);
    if (known === undefined)
      throw errorAt(
        `Unknown argument [${operand.name.text}] of ${name}, known are [${[...names, ...FORMATS].join(', ')}]`,
        operand.at,
      );
    const value = argumentOf(operand.value);
    if (value !== null) given.set(known, value);
  }
  return { inputSource: present(source(given)), inputFormat: formatOf(given, columns) };
}

/** null = SQL's NULL: as if it were not given. */
function argumentOf(value: Expression): Argument | null {
  if (value.kind === 'literal') {
    if (value.type === 'null') return null;
    if (value.type === 'boolean') return value.text === 'TRUE';
    return value.type === 'integer' ? Number(value.text) : value.text;
  }
  if (value.kind === 'call' && value.name === 'ARRAY') {
    return value.operands.map((item) => {
      if (item.kind !== 'literal') throw errorAt('Arguments of table functions are literals', item.at);
      return item.text;
    });
  }
  throw errorAt('Arguments of table functions are literals', value.at);
}

function listOf(given: Arguments, name: string): readonly string[] | undefined {
  const value = given.get(name);
  if (value === undefined) return undefined;
  return typeof value === 'object' ? value : [String(value)];
}

function s3Source(given: Arguments): Json {
  const bucket = given.get('bucket')?.toString();
  const inBucket = (path: string): string => (bucket === undefined ? path : `s3://${bucket}/${path}`);
  const objects = listOf(given, 'objects')?.map(inBucket);
  const uris = listOf(given, 'uris') ?? objects;
  const prefixes = listOf(given, 'prefixes')?.map(inBucket);
  const role = given.get('assumeRoleArn');
  const properties = present({
    accessKeyId: given.get('accessKeyId'),
    secretAccessKey: given.get('secretAccessKey'),
    assumeRoleArn: role,
  });
  return {
    type: 's3',
    uris,
    prefixes: prefixes ?? (uris === undefined && bucket !== undefined ? [`s3://${bucket}/`] : undefined),
    objectGlob: given.get('objectGlob'),
    properties: Object.keys(properties).length === 0 ? undefined : properties,
  };
}

function formatOf(given: Arguments, columns: readonly string[]): Json {
  const format = given.get('format');
  if (typeof format !== 'string') throw invalidInput('Must provide a value for the [format] parameter', SQL);
  switch (format.toLowerCase()) {
    case 'csv':
    case 'tsv':
    case 'delimited':
      return present({
        type: format.toLowerCase() === 'csv' ? 'csv' : 'tsv',
        columns,
        listDelimiter: given.get('listDelimiter'),
        delimiter: given.get('delimiter'),
        skipHeaderRows: Number(given.get('skipRows') ?? 0),
      });
    default:
      return { type: format.toLowerCase() };
  }
}

function present(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}
