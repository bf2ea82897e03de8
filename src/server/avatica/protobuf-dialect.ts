import type { Root } from 'protobufjs';
import { invalidInput } from '../../common/druid-error.js';
import type { JsonObject } from '../../query/json-fields.js';
import type {
  AvaticaResponse,
  AvaticaType,
  AvaticaValue,
  ErrorMessage,
  Frame,
  Rep,
  ResultSetResponse,
  Signature,
} from './messages.js';
import { REP_NUMBERS, REQUEST_PACKAGE, RESPONSE_PACKAGE } from './protobuf-schema.js';
import type { AvaticaRequest } from './requests.js';

/** JSON names of requests by the names of their messages. */
const REQUESTS: Readonly<Record<string, string>> = {
  OpenConnectionRequest: 'openConnection',
  CloseConnectionRequest: 'closeConnection',
  ConnectionSyncRequest: 'connectionSync',
  CreateStatementRequest: 'createStatement',
  CloseStatementRequest: 'closeStatement',
  PrepareRequest: 'prepare',
  PrepareAndExecuteRequest: 'prepareAndExecute',
  ExecuteRequest: 'execute',
  FetchRequest: 'fetch',
  SyncResultsRequest: 'syncResults',
  CommitRequest: 'commit',
  RollbackRequest: 'rollback',
  DatabasePropertyRequest: 'databaseProperties',
  CatalogsRequest: 'getCatalogs',
  TableTypesRequest: 'getTableTypes',
  TypeInfoRequest: 'getTypeInfo',
  SchemasRequest: 'getSchemas',
  TablesRequest: 'getTables',
  ColumnsRequest: 'getColumns',
};

const RESPONSES: Readonly<Record<AvaticaResponse['response'], string>> = {
  resultSet: 'ResultSetResponse',
  openConnection: 'OpenConnectionResponse',
  closeConnection: 'CloseConnectionResponse',
  closeStatement: 'CloseStatementResponse',
  commit: 'CommitResponse',
  rollback: 'RollbackResponse',
  createStatement: 'CreateStatementResponse',
  connectionSync: 'ConnectionSyncResponse',
  databaseProperties: 'DatabasePropertyResponse',
  prepare: 'PrepareResponse',
  executeResults: 'ExecuteResponse',
  fetch: 'FetchResponse',
  syncResults: 'SyncResultsResponse',
};

const REP_NAMES = new Map<number, string>(Object.entries(REP_NUMBERS).map(([name, number]) => [number, name]));
/** -1 as the unsigned 64 bits of the wire: a result set counts no updates. */
const NO_UPDATES = '18446744073709551615';

/** @throws DruidError INVALID_INPUT when the bytes are no request */
export function readProtobufRequest(root: Root, bytes: Uint8Array): AvaticaRequest {
  const wire = decode(root, 'WireMessage', bytes);
  const message = String(wire['name']).replace(REQUEST_PACKAGE, '');
  const name = REQUESTS[message];
  if (name === undefined) throw invalidInput(`Unknown request [${String(wire['name'])}]`);
  return { name, fields: jsonFields(decode(root, message, wire['wrappedMessage'] as Uint8Array)) };
}

function decode(root: Root, message: string, bytes: Uint8Array | undefined): JsonObject {
  const type = root.lookupType(message);
  try {
    return type.toObject(type.decode(bytes ?? new Uint8Array(0)), { longs: String, bytes: Uint8Array });
  } catch (cause) {
    throw invalidInput(`Request is no [${message}]: ${(cause as Error).message}`);
  }
}

/** The members of a request as its JSON has them. */
function jsonFields(fields: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...fields };
  for (const name of ['catalog', 'schemaPattern', 'tableNamePattern', 'columnNamePattern', 'typeList']) {
    const flag = `has${name[0]!.toUpperCase()}${name.slice(1)}`;
    // An absent member is null; one that is empty has its default left out on the wire. Drivers do not set every flag.
    if (fields[flag] === true) out[name] ??= name === 'typeList' ? [] : '';
    else if (fields[name] === '' || (Array.isArray(fields[name]) && fields[name].length === 0)) delete out[name];
  }
  if (Array.isArray(fields['info'])) {
    const entries = fields['info'] as readonly { readonly key?: string; readonly value?: string }[];
    out['info'] = Object.fromEntries(entries.map(({ key = '', value = '' }) => [key, value]));
  }
  if (Array.isArray(fields['parameterValues'])) out['parameterValues'] = fields['parameterValues'].map(parameterValue);
  if (fields['firstFrameMaxSize'] !== undefined) {
    out['maxRowsInFirstFrame'] = fields['firstFrameMaxSize'];
    out['maxRowCount'] = fields['firstFrameMaxSize'];
  }
  if (fields['frameMaxSize'] !== undefined) out['fetchMaxRowCount'] = fields['frameMaxSize'];
  return out;
}

function parameterValue(value: unknown): unknown {
  const fields = value as JsonObject;
  const type = REP_NAMES.get(Number(fields['type'] ?? 0)) ?? 'NULL';
  if (fields['null'] === true || type === 'NULL') return { type: 'NULL', value: null };
  if (type === 'ARRAY') {
    const elements = (fields['arrayValue'] ?? []) as readonly unknown[];
    return { type, value: elements.map((element) => (parameterValue(element) as { value: unknown }).value) };
  }
  if (type === 'BOOLEAN' || type === 'PRIMITIVE_BOOLEAN') return { type, value: fields['boolValue'] ?? false };
  if (type === 'DOUBLE' || type === 'PRIMITIVE_DOUBLE') return { type, value: fields['doubleValue'] ?? 0 };
  if (type === 'FLOAT' || type === 'PRIMITIVE_FLOAT')
    return { type, value: floatOf(Number(fields['numberValue'] ?? 0)) };
  if (fields['numberValue'] !== undefined) return { type, value: BigInt(String(fields['numberValue'])) };
  const isText = type === 'STRING' || type === 'CHARACTER' || type === 'BIG_DECIMAL';
  return { type, value: isText ? (fields['stringValue'] ?? '') : 0n };
}

/** Floats travel as the integer of their bits. */
function floatOf(bits: number): number {
  return new Float32Array(Int32Array.of(bits).buffer)[0]!;
}

function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}

/** @param address `host:port` of this server, which every response tells */
export function protobufResponse(root: Root, response: AvaticaResponse, address: string): Uint8Array {
  const metadata = { serverAddress: address };
  return wrapped(root, RESPONSES[response.response], { ...responseFields(response), metadata });
}

export function protobufError(root: Root, error: ErrorMessage, address: string): Uint8Array {
  return wrapped(root, 'ErrorResponse', {
    exceptions: error.exceptions,
    hasExceptions: true,
    errorMessage: error.errorMessage,
    severity: 0,
    errorCode: error.errorCode >>> 0,
    sqlState: error.sqlState,
    metadata: { serverAddress: address },
  });
}

function wrapped(root: Root, name: string, fields: object): Uint8Array {
  const type = root.lookupType(name);
  const wire = root.lookupType('WireMessage');
  const wrappedMessage = type.encode(type.fromObject(fields)).finish();
  return wire.encode(wire.fromObject({ name: `${RESPONSE_PACKAGE}${name}`, wrappedMessage })).finish();
}

function responseFields(response: AvaticaResponse): object {
  switch (response.response) {
    case 'resultSet':
      return resultSet(response);
    case 'executeResults':
      return { ...response, results: response.results.map(resultSet) };
    case 'prepare': {
      const { statement } = response;
      return { statement: { ...statement, signature: signature(statement.signature) } };
    }
    case 'fetch':
      return { ...response, frame: response.frame === null ? undefined : frame(response.frame) };
    case 'connectionSync': {
      const { dirty, ...props } = response.connProps;
      const flags = { isDirty: dirty, hasAutoCommit: true, hasReadOnly: true };
      return { connProps: { ...props, ...flags, catalog: props.catalog ?? '', schema: props.schema ?? '' } };
    }
    default:
      return { ...response };
  }
}

function resultSet(response: ResultSetResponse): object {
  return {
    ...response,
    signature: signature(response.signature),
    firstFrame: frame(response.firstFrame),
    updateCount: NO_UPDATES,
  };
}

function signature(value: Signature): object {
  return {
    columns: value.columns.map((column) => ({
      ...column,
      schemaName: column.schemaName ?? '',
      tableName: column.tableName ?? '',
      catalogName: column.catalogName ?? '',
      type: wireType(column.type),
    })),
    sql: value.sql,
    parameters: value.parameters,
    // ARRAY, and SELECT.
    cursorFactory: { style: 3 },
    statementType: 0,
  };
}

function wireType({ id, name, rep, component }: AvaticaType): object {
  // Negative type numbers go as unsigned ones.
  return { id: id >>> 0, name, rep: REP_NUMBERS[rep], ...(component && { component: wireType(component) }) };
}

function frame({ offset, done, rows, reps }: Frame): object {
  return { offset, done, rows: rows.map((row) => ({ value: row.map((value, i) => columnValue(value, reps[i]!)) })) };
}

function columnValue(value: AvaticaValue, rep: Rep): object {
  if (typeof value === 'number' && rep === 'INTEGER') {
    return { scalarValue: { type: REP_NUMBERS.INTEGER, numberValue: String(value) } };
  }
  if (typeof value === 'number' && rep === 'FLOAT') {
    return { scalarValue: { type: REP_NUMBERS.FLOAT, numberValue: String(bitsOf(value)) } };
  }
  if (!Array.isArray(value)) return { scalarValue: typedValue(value) };
  return { hasArrayValue: true, arrayValue: value.map(typedValue) };
}

/** By the kind of the value, as Avatica does. */
function typedValue(value: AvaticaValue): object {
  switch (typeof value) {
    case 'string':
      return { type: REP_NUMBERS.STRING, stringValue: value };
    case 'boolean':
      return { type: REP_NUMBERS.BOOLEAN, boolValue: value };
    case 'bigint':
      return { type: REP_NUMBERS.LONG, numberValue: String(value) };
    case 'number':
      return { type: REP_NUMBERS.DOUBLE, doubleValue: value };
    default:
      if (value === null) return { type: REP_NUMBERS.NULL, null: true };
      return { type: REP_NUMBERS.ARRAY, arrayValue: value.map(typedValue) };
  }
}
