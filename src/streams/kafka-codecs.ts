import type * as KafkaJs from 'kafkajs';

/** What kafkajs asks of a codec. */
interface KafkaCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

let registered = false;

/** Teaches kafkajs the codecs that it lacks (gzip is built in); each library is loaded with the first record that needs it. */
export function registerKafkaCodecs(kafkajs: Pick<typeof KafkaJs, 'CompressionCodecs' | 'CompressionTypes'>): void {
  if (registered) return;
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
  registered = true;
}

/** All of a CommonJS package is its `default`: of the other names Node finds only some, and not those of the codecs. */
export function kafkaLibrary(imported: object): typeof KafkaJs {
  return ('default' in imported ? imported.default : imported) as typeof KafkaJs;
}

const snappy: KafkaCodec = {
  compress: async (encoder) => (await snappyCodec()).compress(encoder),
  decompress: async (buffer) => (await snappyCodec()).decompress(buffer),
};

let snappyPromise: Promise<KafkaCodec> | undefined;

function snappyCodec(): Promise<KafkaCodec> {
  snappyPromise ??= import('kafkajs-snappy').then((module) => module.default());
  return snappyPromise;
}

/** Kafka's LZ4 is the frame format, not bare blocks. */
const lz4: KafkaCodec = {
  compress: async (encoder) => (await import('lz4-napi')).compressFrame(encoder.buffer),
  decompress: async (buffer) => (await import('lz4-napi')).decompressFrame(buffer),
};

const zstd: KafkaCodec = {
  compress: async (encoder) => (await import('@mongodb-js/zstd')).compress(encoder.buffer),
  decompress: async (buffer) => (await import('@mongodb-js/zstd')).decompress(buffer),
};
