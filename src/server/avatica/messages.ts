/**
 * Messages of Avatica as its JSON dialect has them; the protobuf dialect is translated to and from these.
 * @source Apache Calcite Avatica, JSON reference
 */

/** A value of a row or a parameter: LONG as bigint, timestamps as milliseconds and dates as days of the wall clock. */
export type AvaticaValue = string | number | bigint | boolean | null | readonly AvaticaValue[];

/** How a value is represented; numbers are `NUMBER` in JSON. */
export type Rep =
  | 'STRING'
  | 'LONG'
  | 'INTEGER'
  | 'FLOAT'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'OBJECT'
  | 'ARRAY'
  | 'NULL'
  | 'NUMBER';

export interface AvaticaType {
  readonly type: 'scalar' | 'array';
  /** Of `java.sql.Types`. */
  readonly id: number;
  readonly name: string;
  readonly rep: Rep;
  readonly component?: AvaticaType;
}

export interface ColumnMetaData {
  readonly ordinal: number;
  readonly autoIncrement: boolean;
  readonly caseSensitive: boolean;
  readonly searchable: boolean;
  readonly currency: boolean;
  /** 0 = no nulls, 1 = nullable. */
  readonly nullable: number;
  readonly signed: boolean;
  readonly displaySize: number;
  readonly label: string;
  readonly columnName: string;
  readonly schemaName: string | null;
  readonly precision: number;
  readonly scale: number;
  readonly tableName: string | null;
  readonly catalogName: string | null;
  readonly type: AvaticaType;
  readonly readOnly: boolean;
  readonly writable: boolean;
  readonly definitelyWritable: boolean;
  readonly columnClassName: string;
}

export interface AvaticaParameter {
  readonly signed: boolean;
  readonly precision: number;
  readonly scale: number;
  readonly parameterType: number;
  readonly typeName: string;
  readonly className: string;
  readonly name: string;
}

export interface Signature {
  readonly columns: readonly ColumnMetaData[];
  readonly sql: string;
  readonly parameters: readonly AvaticaParameter[];
  readonly cursorFactory: { readonly style: 'ARRAY'; readonly clazz: null; readonly fieldNames: null };
  readonly statementType: 'SELECT';
}

export interface Frame {
  readonly offset: number;
  readonly done: boolean;
  readonly rows: readonly (readonly AvaticaValue[])[];
  /** Of every column: protobuf tells integers and floats apart by them. JSON leaves them out. */
  readonly reps: readonly Rep[];
}

export interface ResultSetResponse {
  readonly response: 'resultSet';
  readonly connectionId: string;
  readonly statementId: number;
  readonly ownStatement: boolean;
  readonly signature: Signature;
  readonly firstFrame: Frame;
  readonly updateCount: -1;
}

export interface ConnectionProperties {
  readonly connProps: 'connPropsImpl';
  readonly autoCommit: boolean | null;
  readonly readOnly: boolean | null;
  readonly transactionIsolation: number | null;
  readonly catalog: string | null;
  readonly schema: string | null;
  readonly dirty: boolean;
}

export type AvaticaResponse =
  | ResultSetResponse
  | { readonly response: 'openConnection' | 'closeConnection' | 'closeStatement' | 'commit' | 'rollback' }
  | { readonly response: 'createStatement'; readonly connectionId: string; readonly statementId: number }
  | { readonly response: 'connectionSync'; readonly connProps: ConnectionProperties }
  | { readonly response: 'databaseProperties'; readonly map: Readonly<Record<string, never>> }
  | {
      readonly response: 'prepare';
      readonly statement: { readonly connectionId: string; readonly id: number; readonly signature: Signature };
    }
  | {
      readonly response: 'executeResults';
      readonly missingStatement: boolean;
      readonly results: readonly ResultSetResponse[];
    }
  | {
      readonly response: 'fetch';
      readonly frame: Frame | null;
      readonly missingStatement: boolean;
      readonly missingResults: boolean;
    }
  | { readonly response: 'syncResults'; readonly missingStatement: boolean; readonly moreResults: boolean };

export interface ErrorMessage {
  readonly response: 'error';
  readonly exceptions: readonly string[];
  readonly errorMessage: string;
  /** 1 = the connection is not known (a driver with `transparent_reconnection` opens it again), -1 = anything else. */
  readonly errorCode: number;
  readonly sqlState: string;
  readonly severity: 'UNKNOWN';
}
