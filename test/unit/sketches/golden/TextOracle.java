import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.quantiles.DoublesSketch;
import org.apache.datasketches.quantiles.UpdateDoublesSketch;
import org.apache.datasketches.theta.SetOperation;
import org.apache.datasketches.theta.Sketch;
import org.apache.datasketches.theta.Union;

/** What the library prints of sketches of the longs 0 to n - 1. */
public class TextOracle
{
  public static void main(String[] args)
  {
    StringBuilder out = new StringBuilder("[");
    for (int n : new int[] {0, 1, 5, 100, 1000, 5000}) {
      UpdateDoublesSketch quantiles = DoublesSketch.builder().setK(128).build();
      HllSketch hll = new HllSketch(12, TgtHllType.HLL_4);
      Union union = SetOperation.builder().setNominalEntries(512).buildUnion();
      for (int i = 0; i < n; i++) {
        quantiles.update(i);
        hll.update((long) i);
        union.update((long) i);
      }
      byte[] theta = union.getResult().toByteArray();
      out.append(n == 0 ? "\n" : ",\n").append("{\"n\":" + n);
      add(out, "quantiles", DoublesSketch.wrap(Memory.wrap(quantiles.compact().toByteArray())));
      add(out, "hll", HllSketch.heapify(hll.toCompactByteArray()));
      add(out, "theta", Sketch.wrap(Memory.wrap(theta)));
      add(out, "computedTheta", union.getResult());
      out.append("}");
    }
    System.out.println(out.append("\n]"));
  }

  static void add(StringBuilder out, String name, Object sketch)
  {
    out.append(",\"" + name + "\":\"" + sketch.toString().replace("\n", "\\n") + "\"");
  }
}
