/**
 * The part of the WebAssembly API that this engine uses. TypeScript ships these types only with the browser's
 * libraries, whose globals (`name`, `close`, `self` …) would hide mistakes in server code.
 * @source https://webassembly.github.io/spec/js-api/
 */
declare namespace WebAssembly {
  interface MemoryDescriptor {
    /** In pages of 64 KiB. */
    initial: number;
    maximum?: number;
    shared?: boolean;
  }

  interface Memory {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** @returns the size before, in pages */
    grow(deltaPages: number): number;
  }

  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }

  type Exports = Readonly<Record<string, unknown>>;
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  interface Instance {
    readonly exports: Exports;
  }

  const Memory: { prototype: Memory; new (descriptor: MemoryDescriptor): Memory };
  const Module: { prototype: Module; new (bytes: ArrayBufferView | ArrayBuffer): Module };
  const Instance: { prototype: Instance; new (module: Module, imports?: Imports): Instance };

  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
