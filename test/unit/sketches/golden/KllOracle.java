import java.util.Base64;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.kll.KllFloatsSketch;
import org.apache.datasketches.memory.Memory;

/** Images and answers of KLL sketches of the values 0 to n - 1 in a fixed disorder. */
public class KllOracle
{
  static final double[] FRACTIONS = {0, 0.01, 0.25, 0.5, 0.75, 0.99, 1};

  public static void main(String[] args)
  {
    StringBuilder out = new StringBuilder("[");
    for (int k : new int[] {8, 200, 4096}) {
      for (int n : new int[] {0, 1, 2, 8, 9, 200, 201, 1000, 100000}) {
        KllDoublesSketch doubles = KllDoublesSketch.newHeapInstance(k);
        KllFloatsSketch floats = KllFloatsSketch.newHeapInstance(k);
        for (int i = 0; i < n; i++) {
          double value = (i * 7919L) % n;
          doubles.update(value);
          floats.update((float) value);
        }
        out.append(out.length() == 1 ? "\n" : ",\n").append(entry("doubles", k, n, doubles.toByteArray()));
        out.append(",\n").append(entry("floats", k, n, floats.toByteArray()));
      }
    }
    System.out.println(out.append("\n]"));
  }

  static String entry(String type, int k, int n, byte[] image)
  {
    StringBuilder quantiles = new StringBuilder();
    StringBuilder cdf = new StringBuilder();
    String text;
    double rank = 0;
    if (type.equals("doubles")) {
      KllDoublesSketch sketch = KllDoublesSketch.wrap(Memory.wrap(image));
      text = sketch.toString();
      if (n > 0) {
        for (double fraction : FRACTIONS) quantiles.append(quantiles.length() == 0 ? "" : ",").append(sketch.getQuantile(fraction));
        for (double part : sketch.getCDF(new double[] {n / 4.0, n / 2.0})) cdf.append(cdf.length() == 0 ? "" : ",").append(part);
        rank = sketch.getRank(n / 3.0);
      }
    } else {
      KllFloatsSketch sketch = KllFloatsSketch.wrap(Memory.wrap(image));
      text = sketch.toString();
      if (n > 0) {
        for (double fraction : FRACTIONS) quantiles.append(quantiles.length() == 0 ? "" : ",").append(sketch.getQuantile(fraction));
        for (double part : sketch.getCDF(new float[] {n / 4.0f, n / 2.0f})) cdf.append(cdf.length() == 0 ? "" : ",").append(part);
        rank = sketch.getRank((float) (n / 3.0));
      }
    }
    return "{\"type\":\"" + type + "\",\"k\":" + k + ",\"n\":" + n + ",\"image\":\"" + Base64.getEncoder().encodeToString(image)
           + "\",\"quantiles\":[" + quantiles + "],\"cdf\":[" + cdf + "],\"rank\":" + rank + ",\"text\":\""
           + text.replace("\n", "\\n") + "\"}";
  }
}
