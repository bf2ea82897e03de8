import { TIME_COLUMN } from '../../common/column-type.js';
import { type DruidError, invalidInput } from '../../common/druid-error.js';
import type { NativeType } from '../lower/native-expression.js';
import { nativeTypeOf } from '../lower/native-type.js';
import type { ExternalInput, SqlTable } from '../sql-catalog.js';
import type { Expression, TableFunctionNode } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlField, SqlType } from '../types/sql-type.js';
import { sqlTypeOf } from './cast-rex.js';
import { namedTableInput } from './named-table-function.js';

const ARGUMENTS = ['inputSource', 'inputFormat', 'signature'] as const;

interface SignatureColumn {
  readonly name: string;
  readonly type: NativeType;
}

/**
 * The table that `TABLE(EXTERN('inputSource', 'inputFormat'[, 'signature'])) [EXTEND (column type, …)]` stands for.
 * @throws DruidError INVALID_INPUT: arguments that are missing or no JSON, no signature or two of them
 * @source Druid `ExternalOperatorConversion.java`, `ExternalTableSource.java`
 */
export function externTable(node: TableFunctionNode): SqlTable {
  const texts = argumentTexts(node);
  const inputSource = objectOf(texts.inputSource, 'inputSource', node);
  const inputFormat = texts.inputFormat === undefined ? null : objectOf(texts.inputFormat, 'inputFormat', node);
  if (texts.signature !== undefined && node.extend !== null)
    throw invalidInput('EXTERN requires either a [signature] value or an EXTEND clause, but not both', SQL);
  const fields = texts.signature === undefined ? extended(node) : signatureFields(texts.signature, node);
  return tableOf(fields, { inputSource, inputFormat });
}

/** The table of INLINE, LOCALFILES, HTTP and S3. @throws DruidError INVALID_INPUT as `externTable` */
export function namedExternTable(node: TableFunctionNode): SqlTable {
  const fields = extended(node);
  const names = fields.map(({ name }) => name);
  return tableOf(fields, namedTableInput(node, names));
}

function tableOf(fields: readonly SqlField[], read: Pick<ExternalInput, 'inputSource' | 'inputFormat'>): SqlTable {
  const nativeTypes = fields.map(({ type }) => nativeTypeOf(type));
  const external: ExternalInput = {
    ...read,
    signature: fields.map(({ name }, i) => ({ name, type: nativeTypes[i]! })),
  };
  return {
    schema: 'ext',
    name: 'EXTERN',
    fields,
    nativeTypes,
    mayBeMultiValue: nativeTypes.map((type) => type === 'STRING'),
    rows: undefined,
    external,
  };
}

const SQL = { sourceType: 'sql' };

function argumentTexts({ call }: TableFunctionNode): Partial<Record<(typeof ARGUMENTS)[number], string>> {
  const texts: Partial<Record<(typeof ARGUMENTS)[number], string>> = {};
  for (const [i, operand] of call.operands.entries()) {
    const named = operand.kind === 'named';
    const name = named ? ARGUMENTS.find((known) => known === operand.name.text) : ARGUMENTS[i];
    if (name === undefined) throw noMatch(call.operands, call.at);
    const value = named ? operand.value : operand;
    if (value.kind !== 'literal' || (value.type !== 'string' && value.type !== 'null'))
      throw errorAt('All arguments to EXTERN should be literal strings.', value.at);
    if (value.type === 'string') texts[name] = value.text;
  }
  return texts;
}

function noMatch(operands: readonly Expression[], at: TableFunctionNode['at']): Error {
  return errorAt(`No match found for function signature EXTERN(${operands.map(() => '<CHARACTER>').join(', ')})`, at);
}

function objectOf(text: string | undefined, name: string, { call }: TableFunctionNode): Record<string, unknown> {
  if (text === undefined) throw errorAt(`EXTERN requires a value for the [${name}] parameter`, call.at);
  const value = jsonOf(text, name);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw notJson(name, text);
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notJson(name, text);
  }
}

function notJson(name: string, text: string): DruidError {
  return invalidInput(`Value of the [${name}] parameter of EXTERN is not valid JSON: [${text.slice(0, 200)}]`, SQL);
}

function extended({ extend, call }: TableFunctionNode): readonly SqlField[] {
  if (extend === null || extend.length === 0)
    throw errorAt(`${call.name.toUpperCase()} requires either a [signature] value or an EXTEND clause`, call.at);
  return checked(
    extend.map(({ name, type }) => ({ name: name.text, type: withNullable(sqlTypeOf(type), true) })),
    call.at,
  );
}

function signatureFields(text: string, { call }: TableFunctionNode): readonly SqlField[] {
  const columns = jsonOf(text, 'signature');
  if (!Array.isArray(columns) || !columns.every(isColumn)) throw notJson('signature', text);
  return checked(
    columns.map(({ name, type }) => ({ name, type: sqlTypeOfNative(type) })),
    call.at,
  );
}

function checked(fields: readonly SqlField[], at: TableFunctionNode['at']): readonly SqlField[] {
  const names = new Set<string>();
  for (const { name, type } of fields) {
    if (names.has(name)) throw errorAt(`Column [${name}] is there twice in the signature of EXTERN`, at);
    names.add(name);
    if (name === TIME_COLUMN && nativeTypeOf(type) !== 'LONG')
      throw invalidInput(`EXTERN function with __time column can be used when __time column is of type long`, SQL);
  }
  return fields;
}

function isColumn(value: unknown): value is SignatureColumn {
  const { name, type } = (value ?? {}) as { readonly name?: unknown; readonly type?: unknown };
  return typeof name === 'string' && name !== '' && typeof type === 'string';
}

/** @throws DruidError INVALID_INPUT for names that no native type has */
function sqlTypeOfNative(type: string): SqlType {
  const element = /^ARRAY<(.+)>$/i.exec(type)?.[1];
  if (element !== undefined) return makeType('ARRAY', true, { element: sqlTypeOfNative(element) });
  const complexName = /^COMPLEX<(.+)>$/i.exec(type)?.[1];
  if (complexName !== undefined) return makeType('OTHER', true, { complexName });
  switch (type.toUpperCase()) {
    case 'STRING':
      return makeType('VARCHAR', true);
    case 'LONG':
      return makeType('BIGINT', true);
    case 'FLOAT':
    case 'DOUBLE':
      return makeType(type.toUpperCase() as 'FLOAT' | 'DOUBLE', true);
    default:
      throw invalidInput(`Type [${type}] in the signature of EXTERN is not known`, SQL);
  }
}
