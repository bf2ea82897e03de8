// dst[i] = dst[i] op src[i] on states, and the same two-operand loops for arithmetic on columns (out = a op b).

@unmanaged
export class Add {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
  @inline
  one<T>(a: T, b: T): T {
    return a + b;
  }
}

@unmanaged
export class Subtract {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b);
  }
  @inline
  one<T>(a: T, b: T): T {
    return a - b;
  }
}

@unmanaged
export class Multiply {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.mul<T>(a, b);
  }
  @inline
  one<T>(a: T, b: T): T {
    return a * b;
  }
}

@inline
export function combine<Op, T>(a: usize, b: usize, n: i32, out: usize): void {
  const op = changetype<Op>(<usize>0);
  const end = <usize>n * sizeof<T>();
  let i: usize = 0;
  for (const vectors = end & ~31; i < vectors; i += 32) {
    // Both are read before either is written: out may be an operand.
    const x = op.lanes<T>(v128.load(a + i), v128.load(b + i));
    const y = op.lanes<T>(v128.load(a + i, 16), v128.load(b + i, 16));
    v128.store(out + i, x);
    v128.store(out + i, y, 16);
  }
  for (; i < end; i += sizeof<T>()) store<T>(out + i, op.one<T>(load<T>(a + i), load<T>(b + i)));
}

@inline
export function merge<Op, T>(dst: usize, src: usize, n: i32): void {
  combine<Op, T>(dst, src, n, dst);
}
