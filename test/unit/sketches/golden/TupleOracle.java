import java.util.Base64;
import org.apache.datasketches.memory.Memory;
import org.apache.datasketches.tuple.arrayofdoubles.*;

/** Images, estimates and set operations of array-of-doubles sketches of text keys. */
public class TupleOracle
{
  public static void main(String[] args)
  {
    StringBuilder out = new StringBuilder("[");
    for (int k : new int[] {16, 128, 4096}) {
      for (int n : new int[] {0, 1, 10, 100, 1000, 10000}) {
        ArrayOfDoublesUpdatableSketch a = sketch(k, 0, n);
        ArrayOfDoublesUpdatableSketch b = sketch(k, n / 2, n / 2 + n);
        ArrayOfDoublesUnion union = new ArrayOfDoublesSetOperationBuilder().setNominalEntries(k).setNumberOfValues(2).buildUnion();
        union.union(a.compact());
        union.union(b.compact());
        ArrayOfDoublesIntersection intersection = new ArrayOfDoublesSetOperationBuilder().setNominalEntries(k).setNumberOfValues(2).buildIntersection();
        ArrayOfDoublesCombiner combiner = (x, y) -> new double[] {x[0] + y[0], x[1] + y[1]};
        intersection.intersect(a.compact(), combiner);
        intersection.intersect(b.compact(), combiner);
        ArrayOfDoublesAnotB not = new ArrayOfDoublesSetOperationBuilder().setNumberOfValues(2).buildAnotB();
        not.update(a.compact(), b.compact());
        out.append(out.length() == 1 ? "\n" : ",\n").append("{\"k\":" + k + ",\"n\":" + n);
        add(out, "a", a.compact(), n <= 1000 && k <= 128);
        add(out, "union", union.getResult(), n <= 1000 && k <= 128);
        add(out, "intersection", intersection.getResult(), false);
        add(out, "not", not.getResult(), false);
        out.append("}");
      }
    }
    System.out.println(out.append("\n]"));
  }

  static ArrayOfDoublesUpdatableSketch sketch(int k, int from, int to)
  {
    ArrayOfDoublesUpdatableSketch sketch =
        new ArrayOfDoublesUpdatableSketchBuilder().setNominalEntries(k).setNumberOfValues(2).build();
    for (int i = from; i < to; i++) {
      sketch.update("key" + i, new double[] {i, 0.5});
      if (i % 3 == 0) sketch.update("key" + i, new double[] {1, 1});
    }
    return sketch;
  }

  static void add(StringBuilder out, String name, ArrayOfDoublesCompactSketch sketch, boolean withImage)
  {
    double[] sums = new double[2];
    ArrayOfDoublesSketchIterator it = sketch.iterator();
    while (it.next()) {
      sums[0] += it.getValues()[0];
      sums[1] += it.getValues()[1];
    }
    byte[] bytes = sketch.toByteArray();
    String text = ArrayOfDoublesSketches.wrapSketch(Memory.wrap(bytes)).toString().replace("\n", "\\n");
    out.append(",\"" + name + "\":{\"count\":" + sketch.getRetainedEntries() + ",\"estimate\":" + sketch.getEstimate()
               + ",\"bounds\":[" + sketch.getLowerBound(2) + "," + sketch.getUpperBound(2) + "],\"sums\":[" + sums[0] + "," + sums[1]
               + "],\"text\":\"" + text + "\""
               + (withImage ? ",\"image\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"" : "") + "}");
  }
}
