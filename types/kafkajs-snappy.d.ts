/** The package has no types. Its default export makes a codec in kafkajs' form. */
declare module 'kafkajs-snappy' {
  interface Codec {
    compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
    decompress(buffer: Buffer): Promise<Buffer>;
  }
  export default function snappyCodec(): Codec;
}
