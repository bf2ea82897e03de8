/** Twins of assembly/groups.ts. A step is what one row does to the state at index `state` of an array of states. */
import type {
  GroupCountKernel,
  GroupPairKernel,
  GroupReduceKernel,
  KernelSet,
  KeyWidth,
  Pointer,
  SelectionForm,
  ValueType,
} from '../kernel-set.js';
import { addInts, addReals, maxInt, minInt } from './reduce.js';
import { isReal, type TwinMemory } from './twin-memory.js';

type Step = (state: number, row: number) => void;
type Steps = (memory: TwinMemory, type: ValueType, values: Pointer, base: number, states: Pointer) => Step;
type Names = 'groupCount' | 'groupSeen' | 'groupSum' | 'groupMin' | 'groupMax' | 'groupCountSum' | 'groupMinMax';

export function groupTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  return {
    groupCount: (form, key) => countKernel(memory, form, key),
    groupSeen: (form, key) => seenKernel(memory, form, key),
    groupSum: (form, key, type) => reduceKernel(memory, form, key, type, addStep),
    groupMin: (form, key, type) => reduceKernel(memory, form, key, type, minStep),
    groupMax: (form, key, type) => reduceKernel(memory, form, key, type, maxStep),
    groupCountSum: (form, key, type) => pairKernel(memory, form, key, type, countStep, addStep),
    groupMinMax: (form, key, type) => pairKernel(memory, form, key, type, minStep, maxStep),
  };
}

function combineStep(ints: (a: bigint, b: bigint) => bigint, reals: (a: number, b: number) => number): Steps {
  return (memory, type, values, base, states) => {
    if (isReal(type)) {
      const column = memory.reals(type, values);
      const kept = memory.f64(states);
      return (state, row) => {
        kept[state] = reals(kept[state]!, column[row]!);
      };
    }
    const valueOf = memory.intValues(type, values, base);
    const kept = memory.i64(states);
    return (state, row) => {
      kept[state] = ints(kept[state]!, valueOf(row));
    };
  };
}

const addStep = combineStep(addInts, addReals);
const minStep = combineStep(minInt, Math.min);
const maxStep = combineStep(maxInt, Math.max);

const countStep: Steps = (memory, _type, _values, _base, states) => {
  const counts = memory.i64(states);
  return (state) => {
    counts[state]! += 1n;
  };
};

/** Calls the step for each selected row; rows take turns with the four copies of the states when there are. */
function eachGroup(
  memory: TwinMemory,
  form: SelectionForm,
  key: KeyWidth,
  at: { keys: Pointer; selection: Pointer; n: number; keyBase: number; laneBytes: number },
  step: Step,
): void {
  const keys = memory.ids(key, at.keys);
  memory.rows(form, at.selection, at.n).forEach((row, i) => {
    step(keys[row]! + at.keyBase + (i & 3) * (at.laneBytes / 8), row);
  });
}

function countKernel(memory: TwinMemory, form: SelectionForm, key: KeyWidth): GroupCountKernel {
  return (keys, selection, n, keyBase, counts, laneBytes) => {
    eachGroup(memory, form, key, { keys, selection, n, keyBase, laneBytes }, countStep(memory, 'i64', 0, 0, counts));
  };
}

function seenKernel(memory: TwinMemory, form: SelectionForm, key: KeyWidth): GroupCountKernel {
  return (keys, selection, n, keyBase, marks) => {
    const seen = memory.u8(marks);
    eachGroup(memory, form, key, { keys, selection, n, keyBase, laneBytes: 0 }, (group) => {
      seen[group] = 1;
    });
  };
}

function reduceKernel(
  memory: TwinMemory,
  form: SelectionForm,
  key: KeyWidth,
  type: ValueType,
  steps: Steps,
): GroupReduceKernel {
  return (keys, values, base, selection, n, keyBase, states, laneBytes) => {
    const step = steps(memory, type, values, base, states);
    eachGroup(memory, form, key, { keys, selection, n, keyBase, laneBytes }, step);
  };
}

function pairKernel(
  memory: TwinMemory,
  form: SelectionForm,
  key: KeyWidth,
  type: ValueType,
  firstSteps: Steps,
  secondSteps: Steps,
): GroupPairKernel {
  return (keys, values, base, selection, n, keyBase, first, second, laneBytes) => {
    const stepFirst = firstSteps(memory, type, values, base, first);
    const stepSecond = secondSteps(memory, type, values, base, second);
    eachGroup(memory, form, key, { keys, selection, n, keyBase, laneBytes }, (state, row) => {
      stepFirst(state, row);
      stepSecond(state, row);
    });
  };
}
