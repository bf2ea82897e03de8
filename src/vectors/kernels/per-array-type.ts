/**
 * Gives every typed-array class its own compiled copy of a kernel, so that V8 sees one element type at each load: a body that has
 * met five array classes runs five times slower (STYLE.md section 4). A kernel must not refer to anything outside itself.
 */
export function perArrayType<Kernel extends (...args: never[]) => unknown>(
  kernel: Kernel,
): (values: Parameters<Kernel>[0]) => Kernel {
  const source = `return (${kernel.toString()})`;
  const copies = new Map<unknown, Kernel>();
  return (values) => {
    const type = (values as { readonly constructor: unknown }).constructor;
    let copy = copies.get(type);
    if (copy === undefined) {
      // oxlint-disable-next-line typescript/no-implied-eval -- the source is this module's own function, never input
      copy = new Function(source)() as Kernel;
      copies.set(type, copy);
    }
    return copy;
  };
}
