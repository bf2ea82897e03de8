/** A broken invariant: a bug in Millrace, never the user's fault. Answered as 500 and logged. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Checks one condition that types cannot express. @throws AssertionFailure when it does not hold */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}
