/**
 * The messages of Avatica's protobuf dialect that Millrace speaks, as protobufjs describes them: `field: [type, number]`, lists as `[type]`.
 * Numbers and names are the protocol's.
 * @source Apache Calcite Avatica, protobuf reference
 */
import type { INamespace, Root } from 'protobufjs';

type Fields = Readonly<
  Record<string, readonly [type: string, id: number] | readonly [type: readonly [string], id: number]>
>;

const MESSAGES: Readonly<Record<string, Fields>> = {
  WireMessage: { name: ['string', 1], wrappedMessage: ['bytes', 2] },
  ConnectionProperties: {
    isDirty: ['bool', 1],
    autoCommit: ['bool', 2],
    readOnly: ['bool', 3],
    transactionIsolation: ['uint32', 4],
    catalog: ['string', 5],
    schema: ['string', 6],
    hasAutoCommit: ['bool', 7],
    hasReadOnly: ['bool', 8],
  },
  StatementHandle: { connectionId: ['string', 1], id: ['uint32', 2], signature: ['Signature', 3] },
  Signature: {
    columns: [['ColumnMetaData'], 1],
    sql: ['string', 2],
    parameters: [['AvaticaParameter'], 3],
    cursorFactory: ['CursorFactory', 4],
    statementType: ['uint32', 5],
  },
  ColumnMetaData: {
    ordinal: ['uint32', 1],
    autoIncrement: ['bool', 2],
    caseSensitive: ['bool', 3],
    searchable: ['bool', 4],
    currency: ['bool', 5],
    nullable: ['uint32', 6],
    signed: ['bool', 7],
    displaySize: ['uint32', 8],
    label: ['string', 9],
    columnName: ['string', 10],
    schemaName: ['string', 11],
    precision: ['uint32', 12],
    scale: ['uint32', 13],
    tableName: ['string', 14],
    catalogName: ['string', 15],
    readOnly: ['bool', 16],
    writable: ['bool', 17],
    definitelyWritable: ['bool', 18],
    columnClassName: ['string', 19],
    type: ['AvaticaType', 20],
  },
  AvaticaType: { id: ['uint32', 1], name: ['string', 2], rep: ['uint32', 3], component: ['AvaticaType', 5] },
  AvaticaParameter: {
    signed: ['bool', 1],
    precision: ['uint32', 2],
    scale: ['uint32', 3],
    parameterType: ['uint32', 4],
    typeName: ['string', 5],
    className: ['string', 6],
    name: ['string', 7],
  },
  CursorFactory: { style: ['uint32', 1], className: ['string', 2], fieldNames: [['string'], 3] },
  Frame: { offset: ['uint64', 1], done: ['bool', 2], rows: [['Row'], 3] },
  Row: { value: [['ColumnValue'], 1] },
  ColumnValue: { arrayValue: [['TypedValue'], 2], hasArrayValue: ['bool', 3], scalarValue: ['TypedValue', 4] },
  TypedValue: {
    type: ['uint32', 1],
    boolValue: ['bool', 2],
    stringValue: ['string', 3],
    numberValue: ['sint64', 4],
    bytesValue: ['bytes', 5],
    doubleValue: ['double', 6],
    null: ['bool', 7],
    arrayValue: [['TypedValue'], 8],
    componentType: ['uint32', 9],
  },
  OpenConnectionRequest: { connectionId: ['string', 1], info: [['InfoEntry'], 2] },
  // A map<string, string> is a list of these on the wire.
  InfoEntry: { key: ['string', 1], value: ['string', 2] },
  CloseConnectionRequest: { connectionId: ['string', 1] },
  ConnectionSyncRequest: { connectionId: ['string', 1], connProps: ['ConnectionProperties', 2] },
  CreateStatementRequest: { connectionId: ['string', 1] },
  CloseStatementRequest: { connectionId: ['string', 1], statementId: ['uint32', 2] },
  PrepareRequest: {
    connectionId: ['string', 1],
    sql: ['string', 2],
    maxRowCount: ['uint64', 3],
    maxRowsTotal: ['int64', 4],
  },
  PrepareAndExecuteRequest: {
    connectionId: ['string', 1],
    sql: ['string', 2],
    maxRowCount: ['uint64', 3],
    statementId: ['uint32', 4],
    maxRowsTotal: ['int64', 5],
    firstFrameMaxSize: ['int32', 6],
  },
  ExecuteRequest: {
    statementHandle: ['StatementHandle', 1],
    parameterValues: [['TypedValue'], 2],
    deprecatedFirstFrameMaxSize: ['uint64', 3],
    hasParameterValues: ['bool', 4],
    firstFrameMaxSize: ['int32', 5],
  },
  FetchRequest: {
    connectionId: ['string', 1],
    statementId: ['uint32', 2],
    offset: ['uint64', 3],
    fetchMaxRowCount: ['uint32', 4],
    frameMaxSize: ['int32', 5],
  },
  SyncResultsRequest: { connectionId: ['string', 1], statementId: ['uint32', 2] },
  CommitRequest: { connectionId: ['string', 1] },
  RollbackRequest: { connectionId: ['string', 1] },
  DatabasePropertyRequest: { connectionId: ['string', 1] },
  CatalogsRequest: { connectionId: ['string', 1] },
  TableTypesRequest: { connectionId: ['string', 1] },
  TypeInfoRequest: { connectionId: ['string', 1] },
  SchemasRequest: {
    catalog: ['string', 1],
    schemaPattern: ['string', 2],
    connectionId: ['string', 3],
    hasCatalog: ['bool', 4],
    hasSchemaPattern: ['bool', 5],
  },
  TablesRequest: {
    catalog: ['string', 1],
    schemaPattern: ['string', 2],
    tableNamePattern: ['string', 3],
    typeList: [['string'], 4],
    hasTypeList: ['bool', 6],
    connectionId: ['string', 7],
    hasCatalog: ['bool', 8],
    hasSchemaPattern: ['bool', 9],
    hasTableNamePattern: ['bool', 10],
  },
  ColumnsRequest: {
    catalog: ['string', 1],
    schemaPattern: ['string', 2],
    tableNamePattern: ['string', 3],
    columnNamePattern: ['string', 4],
    connectionId: ['string', 5],
    hasCatalog: ['bool', 6],
    hasSchemaPattern: ['bool', 7],
    hasTableNamePattern: ['bool', 8],
    hasColumnNamePattern: ['bool', 9],
  },
  RpcMetadata: { serverAddress: ['string', 1] },
  ResultSetResponse: {
    connectionId: ['string', 1],
    statementId: ['uint32', 2],
    ownStatement: ['bool', 3],
    signature: ['Signature', 4],
    firstFrame: ['Frame', 5],
    updateCount: ['uint64', 6],
    metadata: ['RpcMetadata', 7],
  },
  ExecuteResponse: { results: [['ResultSetResponse'], 1], missingStatement: ['bool', 2], metadata: ['RpcMetadata', 3] },
  PrepareResponse: { statement: ['StatementHandle', 1], metadata: ['RpcMetadata', 2] },
  FetchResponse: {
    frame: ['Frame', 1],
    missingStatement: ['bool', 2],
    missingResults: ['bool', 3],
    metadata: ['RpcMetadata', 4],
  },
  CreateStatementResponse: { connectionId: ['string', 1], statementId: ['uint32', 2], metadata: ['RpcMetadata', 3] },
  CloseStatementResponse: { metadata: ['RpcMetadata', 1] },
  OpenConnectionResponse: { metadata: ['RpcMetadata', 1] },
  CloseConnectionResponse: { metadata: ['RpcMetadata', 1] },
  ConnectionSyncResponse: { connProps: ['ConnectionProperties', 1], metadata: ['RpcMetadata', 2] },
  DatabasePropertyResponse: { metadata: ['RpcMetadata', 2] },
  SyncResultsResponse: { missingStatement: ['bool', 1], moreResults: ['bool', 2], metadata: ['RpcMetadata', 3] },
  CommitResponse: {},
  RollbackResponse: {},
  ErrorResponse: {
    exceptions: [['string'], 1],
    errorMessage: ['string', 2],
    severity: ['uint32', 3],
    errorCode: ['uint32', 4],
    sqlState: ['string', 5],
    metadata: ['RpcMetadata', 6],
    hasExceptions: ['bool', 7],
  },
};

/** Java classes are named in the envelope. */
export const REQUEST_PACKAGE = 'org.apache.calcite.avatica.proto.Requests$';
export const RESPONSE_PACKAGE = 'org.apache.calcite.avatica.proto.Responses$';

/** Numbers of representations on the wire. */
export const REP_NUMBERS = {
  PRIMITIVE_BOOLEAN: 0,
  PRIMITIVE_BYTE: 1,
  PRIMITIVE_CHAR: 2,
  PRIMITIVE_SHORT: 3,
  PRIMITIVE_INT: 4,
  PRIMITIVE_LONG: 5,
  PRIMITIVE_FLOAT: 6,
  PRIMITIVE_DOUBLE: 7,
  BOOLEAN: 8,
  BYTE: 9,
  CHARACTER: 10,
  SHORT: 11,
  INTEGER: 12,
  LONG: 13,
  FLOAT: 14,
  DOUBLE: 15,
  JAVA_SQL_TIME: 16,
  JAVA_SQL_TIMESTAMP: 17,
  JAVA_SQL_DATE: 18,
  JAVA_UTIL_DATE: 19,
  BYTE_STRING: 20,
  STRING: 21,
  NUMBER: 22,
  OBJECT: 23,
  NULL: 24,
  BIG_INTEGER: 25,
  BIG_DECIMAL: 26,
  ARRAY: 27,
} as const;

/** Built on first use: most servers never see a driver. */
export async function avaticaProtobuf(): Promise<Root> {
  const { default: protobuf } = await import('protobufjs/light.js');
  return protobuf.Root.fromJSON({ nested: Object.fromEntries(Object.entries(MESSAGES).map(described)) } as INamespace);
}

function described([name, fields]: readonly [string, Fields]): readonly [string, unknown] {
  const entries = Object.entries(fields).map(([field, [type, id]]) => {
    return typeof type === 'string'
      ? [field, { type, id }]
      : [field, { rule: 'repeated', type: (type as readonly [string])[0], id }];
  });
  return [name, { fields: Object.fromEntries(entries) }];
}
