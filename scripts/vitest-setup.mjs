// Before any test: the kernel module of this work tree (test/unit runs from sources, but WebAssembly must be built).
import { buildKernels, kernelsAreFresh } from './build-kernels.mjs';

export default async function setup() {
  if (!kernelsAreFresh()) await buildKernels();
}
