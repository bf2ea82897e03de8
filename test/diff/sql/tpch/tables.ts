import type { SqlColumn } from '../sql-server.js';

export interface TpchTable {
  readonly name: string;
  readonly columns: readonly SqlColumn[];
  /** The date that is the row's time; others have a constant one. */
  readonly time: string | null;
}

/** Kinds by column, in the order of the specification. */
const TABLES: Readonly<Record<string, string>> = {
  region: 'r_regionkey:long r_name:string r_comment:string',
  nation: 'n_nationkey:long n_name:string n_regionkey:long n_comment:string',
  supplier:
    's_suppkey:long s_name:string s_address:string s_nationkey:long s_phone:string s_acctbal:double s_comment:string',
  customer:
    'c_custkey:long c_name:string c_address:string c_nationkey:long c_phone:string c_acctbal:double c_mktsegment:string c_comment:string',
  part: 'p_partkey:long p_name:string p_mfgr:string p_brand:string p_type:string p_size:long p_container:string p_retailprice:double p_comment:string',
  partsupp: 'ps_partkey:long ps_suppkey:long ps_availqty:long ps_supplycost:double ps_comment:string',
  orders:
    'o_orderkey:long o_custkey:long o_orderstatus:string o_totalprice:double o_orderdate:string o_orderpriority:string o_clerk:string o_shippriority:long o_comment:string',
  lineitem:
    'l_orderkey:long l_partkey:long l_suppkey:long l_linenumber:long l_quantity:double l_extendedprice:double l_discount:double l_tax:double l_returnflag:string l_linestatus:string l_shipdate:string l_commitdate:string l_receiptdate:string l_shipinstruct:string l_shipmode:string l_comment:string',
};

const TIMES: Readonly<Record<string, string>> = { orders: 'o_orderdate', lineitem: 'l_shipdate' };

/** The eight tables of TPC-H; dates are texts. */
export const TPCH_TABLES: readonly TpchTable[] = Object.entries(TABLES).map(([name, text]) => ({
  name,
  time: TIMES[name] ?? null,
  columns: text.split(' ').map((column) => {
    const [own, kind] = column.split(':');
    return { name: own!, kind: kind as SqlColumn['kind'] };
  }),
}));
