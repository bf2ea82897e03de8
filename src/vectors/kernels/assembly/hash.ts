// Dense numbers for pairs of u32 by open addressing. The header is u32 words: slotMask, size, maxSize, slots, pairs.

/** The bits of the product's high half depend on all bits of the pair, whose words are ids and so mostly small. */
@inline
function slotOf(high: u32, low: u32, slotMask: u32): u32 {
  let hash = ((<u64>high << 32) | <u64>low) * 0x9e3779b97f4a7c15;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  return <u32>(hash >> 32) & slotMask;
}

/** pairs hold (high, low); as one word the low half is `high`. */
@inline
function pairWord(high: u32, low: u32): u64 {
  return <u64>high | (<u64>low << 32);
}

/** `high` 0: there is no high word. Known outside the loop, so it costs a predicted branch. */
@unmanaged
export class HashStep {
  @inline
  step(row: usize, highs: usize, lows: usize, table: usize, slots: usize, pairs: usize, groups: usize, slotMask: u32): bool {
    const high: u32 = highs ? load<u32>(highs + (row << 2)) : 0;
    const low = load<u32>(lows + (row << 2));
    const pair = pairWord(high, low);
    let slot = slotOf(high, low, slotMask);
    for (;;) {
      const entry = load<u32>(slots + (<usize>slot << 2));
      if (entry == 0) break;
      if (load<u64>(pairs + (<usize>(entry - 1) << 3)) == pair) {
        store<u32>(groups + (row << 2), entry - 1);
        return true;
      }
      slot = (slot + 1) & slotMask;
    }
    const size = load<u32>(table, 4);
    if (size >= load<u32>(table, 8)) return false;
    store<u64>(pairs + (<usize>size << 3), pair);
    store<u32>(slots + (<usize>slot << 2), size + 1);
    store<u32>(table, size + 1, 4);
    store<u32>(groups + (row << 2), size);
    return true;
  }
}

@inline
export function hashGroups<Form>(high: usize, low: usize, selection: usize, n: i32, table: usize, groups: usize): i32 {
  const slots = <usize>load<u32>(table, 12);
  const pairs = <usize>load<u32>(table, 16);
  return changetype<Form>(<usize>0).whileTrue<HashStep>(selection, n, high, low, table, slots, pairs, groups, load<u32>(table));
}

export function hashRebuild(table: usize): void {
  const slotMask = load<u32>(table);
  const size = load<u32>(table, 4);
  const slots = <usize>load<u32>(table, 12);
  const pairs = <usize>load<u32>(table, 16);
  for (let number: u32 = 0; number < size; number++) {
    const pair = pairs + (<usize>number << 3);
    let slot = slotOf(load<u32>(pair), load<u32>(pair, 4), slotMask);
    while (load<u32>(slots + (<usize>slot << 2)) != 0) slot = (slot + 1) & slotMask;
    store<u32>(slots + (<usize>slot << 2), number + 1);
  }
}
