/** Data of TPC-H's shape from a seed: its keys, ranges, word lists and dates, so that each of the 22 queries finds rows. @source TPC-H specification 3.0.1, section 4.2 */
export type TpchRow = Readonly<Record<string, string | number>>;

const REGIONS = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'];
/** Each with the index of its region. */
const NATIONS =
  'ALGERIA 0,ARGENTINA 1,BRAZIL 1,CANADA 1,EGYPT 4,ETHIOPIA 0,FRANCE 3,GERMANY 3,INDIA 2,INDONESIA 2,IRAN 4,IRAQ 4,JAPAN 2,JORDAN 4,KENYA 0,MOROCCO 0,MOZAMBIQUE 0,PERU 1,CHINA 2,ROMANIA 3,SAUDI ARABIA 4,VIETNAM 2,RUSSIA 3,UNITED KINGDOM 3,UNITED STATES 1'.split(
    ',',
  );
const SEGMENTS = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'MACHINERY', 'HOUSEHOLD'];
const PRIORITIES = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'];
const MODES = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const INSTRUCTIONS = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'];
const TYPES = [
  ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO'],
  ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'],
  ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'],
];
const CONTAINERS = [
  ['SM', 'LG', 'MED', 'JUMBO', 'WRAP'],
  ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM'],
];
const COLOURS =
  'almond azure blue brown coral cream dark forest green grey ivory khaki lemon linen navy olive red tan'.split(' ');
const WORDS =
  'the quick deposits sleep furiously special packages above ironic requests Customer slyly Complaints even'.split(' ');
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1992, 0, 1);
const TODAY = '1995-06-17';

export function generateTpch(scale: number, seed: number): Readonly<Record<string, readonly TpchRow[]>> {
  const random = new SeededRandom(seed);
  const numSuppliers = Math.round(10_000 * scale);
  const numParts = Math.round(200_000 * scale);
  const numCustomers = Math.round(150_000 * scale);
  const part = Array.from({ length: numParts }, (_, i) => partRow(i + 1, random));
  const partsupp = part.flatMap((_, i) =>
    Array.from({ length: 4 }, (__, k) => ({
      ps_partkey: i + 1,
      ps_suppkey: supplierOf(i + 1, k, numSuppliers),
      ps_availqty: random.int(1, 9999),
      ps_supplycost: random.money(1, 1000),
      ps_comment: random.words(WORDS, 8),
    })),
  );
  const orders: TpchRow[] = [];
  const lineitem: TpchRow[] = [];
  for (let i = 0; i < numCustomers * 10; i++) {
    const order = orderRow(i, numCustomers, random);
    const lines = lineRows(order, numParts, numSuppliers, random);
    lineitem.push(...lines);
    const open = lines.filter((line) => line['l_linestatus'] === 'O').length;
    const status = open === 0 ? 'F' : open === lines.length ? 'O' : 'P';
    const total = lines.reduce((sum, line) => sum + Number(line['l_extendedprice']), 0);
    orders.push({ ...order, o_orderstatus: status, o_totalprice: Math.round(total * 100) / 100 });
  }
  return {
    region: REGIONS.map((r_name, r_regionkey) => ({ r_regionkey, r_name, r_comment: random.words(WORDS, 6) })),
    nation: NATIONS.map((text, n_nationkey) => ({
      n_nationkey,
      n_name: text.slice(0, -2),
      n_regionkey: Number(text.at(-1)),
      n_comment: random.words(WORDS, 6),
    })),
    supplier: Array.from({ length: numSuppliers }, (_, i) => partyRow('s', 'Supplier', 'suppkey', i + 1, random)),
    customer: Array.from({ length: numCustomers }, (_, i) => ({
      ...partyRow('c', 'Customer', 'custkey', i + 1, random),
      c_mktsegment: random.of(SEGMENTS),
    })),
    part,
    partsupp,
    orders,
    lineitem,
  };
}

/** The k-th of the four suppliers of a part. */
function supplierOf(partKey: number, k: number, numSuppliers: number): number {
  return ((partKey + k * (Math.floor(numSuppliers / 4) + Math.floor((partKey - 1) / numSuppliers))) % numSuppliers) + 1;
}

function partRow(p_partkey: number, random: SeededRandom): TpchRow {
  const maker = random.int(1, 5);
  return {
    p_partkey,
    p_name: random.words(COLOURS, 5),
    p_mfgr: `Manufacturer#${maker}`,
    p_brand: `Brand#${maker}${random.int(1, 5)}`,
    p_type: TYPES.map((words) => random.of(words)).join(' '),
    p_size: random.int(1, 50),
    p_container: CONTAINERS.map((words) => random.of(words)).join(' '),
    p_retailprice: 900 + (p_partkey % 1000) / 10,
    p_comment: random.words(WORDS, 3),
  };
}

/** A supplier or a customer. */
function partyRow(prefix: string, title: string, keyName: string, key: number, random: SeededRandom): TpchRow {
  const nation = random.int(0, 24);
  return {
    [`${prefix}_${keyName}`]: key,
    [`${prefix}_name`]: `${title}#${String(key).padStart(9, '0')}`,
    [`${prefix}_address`]: random.words(WORDS, 2),
    [`${prefix}_nationkey`]: nation,
    [`${prefix}_phone`]: `${nation + 10}-${random.int(100, 999)}-${random.int(100, 999)}-${random.int(1000, 9999)}`,
    [`${prefix}_acctbal`]: random.money(-999, 9999),
    [`${prefix}_comment`]: random.words(WORDS, 10),
  };
}

/** A third of the customers never orders. */
function orderRow(i: number, numCustomers: number, random: SeededRandom): TpchRow {
  const customer = random.int(1, numCustomers);
  return {
    o_orderkey: Math.floor(i / 8) * 32 + (i % 8) + 1,
    o_custkey: customer % 3 === 0 ? Math.max(1, customer - 1) : customer,
    o_orderdate: dayText(random.int(0, 2405)),
    o_orderpriority: random.of(PRIORITIES),
    o_clerk: `Clerk#${String(random.int(1, 1000)).padStart(9, '0')}`,
    o_shippriority: 0,
    o_comment: random.words(WORDS, 6),
  };
}

function lineRows(order: TpchRow, numParts: number, numSuppliers: number, random: SeededRandom): TpchRow[] {
  const orderDay = (Date.parse(String(order['o_orderdate'])) - FIRST_DAY) / DAY_MS;
  // Some orders are as large as TPC-H's largest, which one query looks for.
  const isLarge = random.int(1, 500) === 1;
  return Array.from({ length: isLarge ? 7 : random.int(1, 7) }, (_, i) => {
    const partKey = random.int(1, numParts);
    const quantity = random.int(isLarge ? 44 : 1, 50);
    const shipDay = orderDay + random.int(1, 121);
    const receiptDay = shipDay + random.int(1, 30);
    const received = dayText(receiptDay) <= TODAY;
    return {
      l_orderkey: Number(order['o_orderkey']),
      l_partkey: partKey,
      l_suppkey: supplierOf(partKey, random.int(0, 3), numSuppliers),
      l_linenumber: i + 1,
      l_quantity: quantity,
      l_extendedprice: Math.round(quantity * (900 + (partKey % 1000) / 10) * 100) / 100,
      l_discount: random.int(0, 10) / 100,
      l_tax: random.int(0, 8) / 100,
      l_returnflag: received ? random.of(['R', 'A']) : 'N',
      l_linestatus: dayText(shipDay) > TODAY ? 'O' : 'F',
      l_shipdate: dayText(shipDay),
      l_commitdate: dayText(orderDay + random.int(30, 90)),
      l_receiptdate: dayText(receiptDay),
      l_shipinstruct: random.of(INSTRUCTIONS),
      l_shipmode: random.of(MODES),
      l_comment: random.words(WORDS, 4),
    };
  });
}

function dayText(day: number): string {
  return new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10);
}

/** Numbers from a seed. @source mulberry32 */
class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  money(from: number, to: number): number {
    return this.int(from * 100, to * 100) / 100;
  }

  of<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  words(list: readonly string[], count: number): string {
    return Array.from({ length: count }, () => this.of(list)).join(' ');
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
