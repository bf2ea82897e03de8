import { type JsonObject, kindOf } from '../../query/json-fields.js';
import { parseJson } from '../../common/json-read.js';
import { badContext, mismatched, refused } from '../../query/query-errors.js';
import { DruidError } from '../../common/druid-error.js';
import type { SqlParameter } from '../../sql/planned-statement.js';

export type ResultFormat = 'object' | 'array' | 'objectLines' | 'arrayLines' | 'csv';

/** The body of a request to `/druid/v2/sql`. @source Druid `sql/http/SqlQuery.java` */
export interface SqlRequest {
  readonly query: string;
  readonly resultFormat: ResultFormat;
  readonly header: boolean;
  readonly typesHeader: boolean;
  readonly sqlTypesHeader: boolean;
  readonly context: JsonObject;
  readonly parameters: readonly SqlParameter[];
}

const FORMATS: readonly ResultFormat[] = ['object', 'array', 'objectLines', 'arrayLines', 'csv'];
const CHAIN = 'org.apache.druid.sql.http.SqlQuery';
/** Names of Avatica's `SqlType`, which types of parameters are read as. */
const PARAMETER_TYPES =
  'BIT BOOLEAN TINYINT SMALLINT INTEGER BIGINT NUMERIC DECIMAL FLOAT REAL DOUBLE DATE TIME TIMESTAMP TIME_WITH_TIMEZONE TIMESTAMP_WITH_TIMEZONE INTERVAL_YEAR_MONTH INTERVAL_DAY_TIME CHAR NCHAR VARCHAR LONGVARCHAR NVARCHAR LONGNVARCHAR BINARY VARBINARY LONGVARBINARY NULL ANY SYMBOL MULTISET ARRAY BLOB CLOB NCLOB SQLXML MAP DISTINCT STRUCT REF DATALINK JAVA_OBJECT ROWID CURSOR COLUMN_LIST OTHER ROW'.split(
    ' ',
  );

/** @throws DruidError INVALID_INPUT in Druid's words */
export function parseSqlRequest(text: string): SqlRequest {
  const body = parseJson(text);
  if (Array.isArray(body)) {
    throw mismatched(
      `Cannot deserialize value of type \`${CHAIN}\` from Array value (token \`JsonToken.START_ARRAY\`)`,
    );
  }
  if (typeof body !== 'object' || body === null) {
    throw mismatched(`Cannot construct instance of \`${CHAIN}\`: no creator for ${kindOf(body)} value`);
  }
  const fields = body as JsonObject;
  const query = fields['query'];
  if (query === undefined || query === null) throw refused('sql.http.SqlQuery', 'query');
  if (typeof query === 'object')
    throw mismatched(`Cannot deserialize value of type \`java.lang.String\` from ${kindOf(query)}`);
  const typesHeader = flag(fields, 'typesHeader');
  const sqlTypesHeader = flag(fields, 'sqlTypesHeader');
  const header = flag(fields, 'header');
  if (typesHeader && !header) throw refused('sql.http.SqlQuery', '[typesHeader] requires [header]');
  if (sqlTypesHeader && !header) throw refused('sql.http.SqlQuery', '[sqlTypesHeader] requires [header]');
  return {
    query: String(query),
    resultFormat: parseResultFormat(fields['resultFormat']),
    header,
    typesHeader,
    sqlTypesHeader,
    context: sqlContext(fields['context']),
    parameters: parameters(fields['parameters']),
  };
}

function flag(fields: JsonObject, name: string): boolean {
  const value = fields[name];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw mismatched(
    `Cannot deserialize value of type \`boolean\` from ${kindOf(value)} (through reference chain: ${CHAIN}["${name}"])`,
  );
}

/** `object` when there is none. @throws DruidError INVALID_INPUT */
export function parseResultFormat(value: unknown): ResultFormat {
  if (value === undefined || value === null) return 'object';
  const found = FORMATS.find((format) => format.toLowerCase() === String(value).toLowerCase());
  if (found !== undefined) return found;
  throw refused(
    'sql.http.ResultFormat',
    `No enum constant org.apache.druid.sql.http.ResultFormat.${String(value).toUpperCase()}`,
  );
}

/** @throws DruidError INVALID_INPUT; a `sqlQueryId` that is no text is Druid's ClassCastException: 500 */
function sqlContext(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    const creator = `no ${kindOf(value)}-argument constructor/factory method to deserialize from ${kindOf(value)} value`;
    throw mismatched(
      `Cannot construct instance of \`java.util.LinkedHashMap\` (although at least one Creator exists): ${creator}`,
    );
  }
  const context = value as JsonObject;
  for (const key of ['sqlQueryId', 'queryId']) {
    const id = context[key];
    if (id === undefined || id === null || typeof id === 'string') continue;
    throw new DruidError(`class ${javaClass(id)} cannot be cast to class java.lang.String`, {
      category: 'RUNTIME_FAILURE',
      legacy: { error: 'Unknown exception', errorClass: 'java.lang.ClassCastException' },
    });
  }
  // Druid's SQL takes a priority that is no number for none.
  if (context['priority'] === undefined || Number.isFinite(Number(context['priority']))) return context;
  return Object.fromEntries(Object.entries(context).filter(([key]) => key !== 'priority'));
}

/** @throws DruidError INVALID_INPUT for a timeout below 0 */
export function assertTimeout(context: JsonObject): void {
  const timeout = context['timeout'];
  if (typeof timeout === 'number' && timeout < 0) {
    throw badContext(`Timeout [timeout] must be a non negative value, but was ${timeout}`);
  }
}

function javaClass(value: unknown): string {
  if (typeof value === 'boolean') return 'java.lang.Boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'java.lang.Integer' : 'java.lang.Double';
  return Array.isArray(value) ? 'java.util.ArrayList' : 'java.util.LinkedHashMap';
}

function parameters(value: unknown): readonly SqlParameter[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value))
    throw mismatched(`Cannot deserialize value of type \`java.util.ArrayList\` from ${kindOf(value)}`);
  return value.map((entry: unknown, i) => {
    if (typeof entry !== 'object' || entry === null) {
      throw mismatched(`Cannot construct instance of \`org.apache.druid.sql.http.SqlParameter\` from ${kindOf(entry)}`);
    }
    const { type, value: bound } = entry as JsonObject;
    const name = String(type).toUpperCase();
    if (type === undefined || type === null) throw refused('sql.http.SqlParameter', 'type');
    if (!PARAMETER_TYPES.includes(name)) throw unknownParameterType(String(type), i);
    return { type: name, value: bound ?? null };
  });
}

function unknownParameterType(type: string, i: number): DruidError {
  const enumName = 'org.apache.calcite.avatica.SqlType';
  const chain = `${CHAIN}["parameters"]->java.util.ArrayList[${i}]->org.apache.druid.sql.http.SqlParameter["type"]`;
  const message = `Cannot deserialize value of type \`${enumName}\` from String "${type}": not one of the values accepted for Enum class: [${PARAMETER_TYPES.join(', ')}]`;
  return new DruidError(`${message} (through reference chain: ${chain})`, {
    category: 'INVALID_INPUT',
    legacy: { error: 'Unknown exception', errorClass: 'com.fasterxml.jackson.databind.exc.InvalidFormatException' },
  });
}
