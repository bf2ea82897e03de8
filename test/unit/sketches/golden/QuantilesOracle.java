import org.apache.datasketches.quantiles.*;
import java.util.*;
import java.security.*;
import java.lang.reflect.*;
public class QuantilesOracle {
  static String b64(byte[] b){return Base64.getEncoder().encodeToString(b);}
  static String bytes(byte[] b) throws Exception {return b.length<=500?"\"image\":\""+b64(b)+"\"":"\"sha256\":\""+b64(MessageDigest.getInstance("SHA-256").digest(b))+"\"";}
  // value i of a stream: spread over the doubles, with repetitions and both signs
  static double value(long i){ return ((i*7919)%10007-5000)/8.0; }
  static final double[] SPLITS={-600,-100.5,0,1,250};
  static String describe(DoublesSketch s) throws Exception { StringBuilder sb=new StringBuilder("\"retained\":"+s.getNumRetained());
    if(!s.isEmpty()){ sb.append(",\"min\":"+s.getMinItem()+",\"max\":"+s.getMaxItem()+",\"quantiles\":["); boolean f=true;
      for(double q:new double[]{0,0.01,0.25,0.5,0.75,0.99,1}){ sb.append((f?"":",")+s.getQuantile(q)); f=false; }
      sb.append("],\"cdf\":"+Arrays.toString(s.getCDF(SPLITS))+",\"pmf\":"+Arrays.toString(s.getPMF(SPLITS))); }
    sb.append(","+bytes(s.toByteArray(true))); return sb.toString(); }
  static UpdateDoublesSketch of(int k,long from,long n){ UpdateDoublesSketch s=DoublesSketch.builder().setK(k).build(); for(long i=from;i<from+n;i++) s.update(value(i)); return s; }
  public static void main(String[] a) throws Exception {
    Field f=DoublesSketch.class.getDeclaredField("rand"); f.setAccessible(true);
    StringBuilder sb=new StringBuilder("{\n\"sketches\":["); boolean first=true;
    for(int k:new int[]{2,16,128}) for(int n:new int[]{0,1,3,4,5,10,31,32,33,255,256,257,1000,100000,1000000}){
      f.set(null,new Random(42)); if(!first)sb.append(",\n"); first=false; sb.append("{\"k\":"+k+",\"n\":"+n+","+describe(of(k,0,n))+"}"); }
    sb.append("],\n\"unions\":["); first=true;
    int[][] us={{16,16,10,16,20},{16,16,100,16,1000},{16,32,1000,16,500},{32,16,1000,32,500,8,200},{128,128,1000,128,3000,128,77},{16,64,30,128,10000,16,3},{128,64,100,128,100},{16,16,0,16,5},{32,32,500,8,5}};
    for(int[] q:us){ f.set(null,new Random(7)); DoublesUnion u=DoublesUnion.builder().setMaxK(q[0]).build(); StringBuilder parts=new StringBuilder("["); long from=0;
      for(int p=1;p<q.length;p+=2){ u.union(of(q[p],from,q[p+1])); from+=q[p+1]; parts.append((p>1?",":"")+"["+q[p]+","+q[p+1]+"]"); }
      UpdateDoublesSketch r=u.getResult(); if(!first)sb.append(",\n"); first=false;
      sb.append("{\"maxK\":"+q[0]+",\"parts\":"+parts+"],\"k\":"+r.getK()+",\"n\":"+r.getN()+","+describe(r)+"}"); }
    f.set(null,new Random(1)); UpdateDoublesSketch s=of(8,0,45), t=of(8,0,5);
    sb.append("],\n\"updatable\":[\""+b64(s.toByteArray(false))+"\",\""+b64(t.toByteArray(false))+"\"],\"compact\":[\""+b64(s.toByteArray(true))+"\",\""+b64(t.toByteArray(true))+"\"]}\n");
    System.out.print(sb);
  }
}
