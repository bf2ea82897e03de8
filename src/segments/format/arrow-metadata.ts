/**
 * The flatbuffers of an Arrow IPC file, built with the classes that apache-arrow generated from Arrow's own schemas; its
 * writer is not used because what it writes for compressed buffers no other reader accepts.
 * @source https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */
import { Binary } from 'apache-arrow/fb/binary';
import { Block } from 'apache-arrow/fb/block';
import { BodyCompression } from 'apache-arrow/fb/body-compression';
import { BodyCompressionMethod } from 'apache-arrow/fb/body-compression-method';
import { Buffer as ArrowBuffer } from 'apache-arrow/fb/buffer';
import { CompressionType } from 'apache-arrow/fb/compression-type';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import { DictionaryEncoding } from 'apache-arrow/fb/dictionary-encoding';
import { Endianness } from 'apache-arrow/fb/endianness';
import { Field } from 'apache-arrow/fb/field';
import { FieldNode as ArrowFieldNode } from 'apache-arrow/fb/field-node';
import { FloatingPoint } from 'apache-arrow/fb/floating-point';
import { Footer } from 'apache-arrow/fb/footer';
import { Int } from 'apache-arrow/fb/int';
import { KeyValue } from 'apache-arrow/fb/key-value';
import { List } from 'apache-arrow/fb/list';
import { Message } from 'apache-arrow/fb/message';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { MetadataVersion } from 'apache-arrow/fb/metadata-version';
import { Precision } from 'apache-arrow/fb/precision';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { TimeUnit } from 'apache-arrow/fb/time-unit';
import { Timestamp } from 'apache-arrow/fb/timestamp';
import { Type } from 'apache-arrow/fb/type';
import { Utf8 } from 'apache-arrow/fb/utf8';
import { Builder, type Offset } from 'flatbuffers';
import type { FieldNode } from '../column/column-encoder.js';
import { LEAF_BYTES, type LeafType, type PhysicalType } from '../column/physical-type.js';

/** Of the buffers of a message. */
type Codec = 'zstd' | 'lz4';

export interface ArrowField {
  readonly name: string;
  /** Druid's type, kept in the field's metadata. */
  readonly druidType: string;
  readonly physical: PhysicalType;
  readonly nullable: boolean;
  /** Required for columns of ids. */
  readonly dictionaryId?: number;
}

/** A buffer within the body of a message. */
export interface BufferPlace {
  readonly offset: number;
  readonly length: number;
}

/** A message within the file. */
export interface MessagePlace {
  readonly offset: number;
  /** Bytes before the body. */
  readonly metadataLength: number;
  readonly bodyLength: number;
}

/** Field metadata key of the logical type. */
const DRUID_TYPE_KEY = 'druid.type';

export function schemaMessage(fields: readonly ArrowField[]): Uint8Array {
  const builder = new Builder(1024);
  return message(builder, MessageHeader.Schema, buildSchema(builder, fields), 0);
}

export function recordBatchMessage(
  numRows: number,
  nodes: readonly FieldNode[],
  buffers: readonly BufferPlace[],
  bodyLength: number,
  codec: Codec,
): Uint8Array {
  const builder = new Builder(1024);
  const batch = buildRecordBatch(builder, numRows, nodes, buffers, codec);
  return message(builder, MessageHeader.RecordBatch, batch, bodyLength);
}

/** All values of one dictionary, as a record batch of one column. */
export function dictionaryMessage(
  id: number,
  size: number,
  buffers: readonly BufferPlace[],
  bodyLength: number,
  codec: Codec,
): Uint8Array {
  const builder = new Builder(256);
  const data = buildRecordBatch(builder, size, [{ length: size, nullCount: 0 }], buffers, codec);
  DictionaryBatch.startDictionaryBatch(builder);
  DictionaryBatch.addId(builder, BigInt(id));
  DictionaryBatch.addData(builder, data);
  const batch = DictionaryBatch.endDictionaryBatch(builder);
  return message(builder, MessageHeader.DictionaryBatch, batch, bodyLength);
}

export function fileFooter(
  fields: readonly ArrowField[],
  dictionaries: readonly MessagePlace[],
  batches: readonly MessagePlace[],
): Uint8Array {
  const builder = new Builder(1024);
  const schema = buildSchema(builder, fields);
  Footer.startDictionariesVector(builder, dictionaries.length);
  addBlocks(builder, dictionaries);
  const dictionaryBlocks = builder.endVector();
  Footer.startRecordBatchesVector(builder, batches.length);
  addBlocks(builder, batches);
  const batchBlocks = builder.endVector();
  Footer.startFooter(builder);
  Footer.addVersion(builder, MetadataVersion.V5);
  Footer.addSchema(builder, schema);
  Footer.addDictionaries(builder, dictionaryBlocks);
  Footer.addRecordBatches(builder, batchBlocks);
  Footer.finishFooterBuffer(builder, Footer.endFooter(builder));
  return builder.asUint8Array();
}

function message(builder: Builder, type: MessageHeader, header: Offset, bodyLength: number): Uint8Array {
  Message.startMessage(builder);
  Message.addVersion(builder, MetadataVersion.V5);
  Message.addHeaderType(builder, type);
  Message.addHeader(builder, header);
  Message.addBodyLength(builder, BigInt(bodyLength));
  Message.finishMessageBuffer(builder, Message.endMessage(builder));
  return builder.asUint8Array();
}

/** Structs in a flatbuffers vector are written from the last to the first. */
function addBlocks(builder: Builder, places: readonly MessagePlace[]): void {
  for (const { offset, metadataLength, bodyLength } of places.toReversed()) {
    Block.createBlock(builder, BigInt(offset), metadataLength, BigInt(bodyLength));
  }
}

function buildRecordBatch(
  builder: Builder,
  numRows: number,
  nodes: readonly FieldNode[],
  buffers: readonly BufferPlace[],
  codec: Codec,
): Offset {
  RecordBatch.startNodesVector(builder, nodes.length);
  for (const { length, nullCount } of nodes.toReversed()) {
    ArrowFieldNode.createFieldNode(builder, BigInt(length), BigInt(nullCount));
  }
  const nodeVector = builder.endVector();
  RecordBatch.startBuffersVector(builder, buffers.length);
  for (const { offset, length } of buffers.toReversed()) {
    ArrowBuffer.createBuffer(builder, BigInt(offset), BigInt(length));
  }
  const bufferVector = builder.endVector();
  const compression = BodyCompression.createBodyCompression(
    builder,
    codec === 'zstd' ? CompressionType.ZSTD : CompressionType.LZ4_FRAME,
    BodyCompressionMethod.BUFFER,
  );
  RecordBatch.startRecordBatch(builder);
  RecordBatch.addLength(builder, BigInt(numRows));
  RecordBatch.addNodes(builder, nodeVector);
  RecordBatch.addBuffers(builder, bufferVector);
  RecordBatch.addCompression(builder, compression);
  return RecordBatch.endRecordBatch(builder);
}

function buildSchema(builder: Builder, fields: readonly ArrowField[]): Offset {
  const offsets = fields.map((field) => buildField(builder, field));
  const vector = Schema.createFieldsVector(builder, offsets);
  Schema.startSchema(builder);
  Schema.addEndianness(builder, Endianness.Little);
  Schema.addFields(builder, vector);
  return Schema.endSchema(builder);
}

function buildField(builder: Builder, field: ArrowField): Offset {
  const { leaf, list } = field.physical;
  const metadata = [
    KeyValue.createKeyValue(builder, builder.createString(DRUID_TYPE_KEY), builder.createString(field.druidType)),
  ];
  const customMetadata = Field.createCustomMetadataVector(builder, metadata);
  if (!list) return leafField(builder, field.name, leaf, field, customMetadata);
  const children = Field.createChildrenVector(builder, [leafField(builder, 'item', leaf, field, 0)]);
  const name = builder.createString(field.name);
  List.startList(builder);
  const type = List.endList(builder);
  Field.startField(builder);
  Field.addName(builder, name);
  Field.addNullable(builder, true);
  Field.addTypeType(builder, Type.List);
  Field.addType(builder, type);
  Field.addChildren(builder, children);
  Field.addCustomMetadata(builder, customMetadata);
  return Field.endField(builder);
}

function leafField(
  builder: Builder,
  name: string,
  leaf: LeafType,
  { nullable, dictionaryId }: ArrowField,
  customMetadata: Offset,
): Offset {
  const nameOffset = builder.createString(name);
  const children = Field.createChildrenVector(builder, []);
  const dictionary = dictionaryId === undefined ? 0 : dictionaryEncoding(builder, leaf, dictionaryId);
  const [typeType, type] = dictionaryId === undefined ? leafType(builder, leaf) : utf8(builder);
  Field.startField(builder);
  Field.addName(builder, nameOffset);
  Field.addNullable(builder, nullable);
  Field.addTypeType(builder, typeType);
  Field.addType(builder, type);
  if (dictionary !== 0) Field.addDictionary(builder, dictionary);
  Field.addChildren(builder, children);
  if (customMetadata !== 0) Field.addCustomMetadata(builder, customMetadata);
  return Field.endField(builder);
}

function dictionaryEncoding(builder: Builder, leaf: LeafType, id: number): Offset {
  const indexType = Int.createInt(builder, LEAF_BYTES[leaf] * 8, false);
  DictionaryEncoding.startDictionaryEncoding(builder);
  DictionaryEncoding.addId(builder, BigInt(id));
  DictionaryEncoding.addIndexType(builder, indexType);
  // Sorted, but not an ordered category: pandas would take isOrdered for a statement about meaning.
  DictionaryEncoding.addIsOrdered(builder, false);
  return DictionaryEncoding.endDictionaryEncoding(builder);
}

function leafType(builder: Builder, leaf: LeafType): [Type, Offset] {
  switch (leaf) {
    case 'timestamp':
      return [Type.Timestamp, Timestamp.createTimestamp(builder, TimeUnit.MILLISECOND, builder.createString('UTC'))];
    case 'f64':
      return [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, Precision.DOUBLE)];
    case 'f32':
      return [Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, Precision.SINGLE)];
    case 'utf8':
      return utf8(builder);
    case 'binary':
      Binary.startBinary(builder);
      return [Type.Binary, Binary.endBinary(builder)];
    default:
      return [Type.Int, Int.createInt(builder, LEAF_BYTES[leaf] * 8, leaf.startsWith('i'))];
  }
}

function utf8(builder: Builder): [Type, Offset] {
  Utf8.startUtf8(builder);
  return [Type.Utf8, Utf8.endUtf8(builder)];
}
