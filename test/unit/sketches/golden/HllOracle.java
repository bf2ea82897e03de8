import org.apache.datasketches.hll.*;
import java.util.*;
import java.security.*;
public class HllOracle {
  static String b64(byte[] b){return Base64.getEncoder().encodeToString(b);}
  static String bytes(byte[] b) throws Exception {return b.length<=400?"\"image\":\""+b64(b)+"\"":"\"sha256\":\""+b64(MessageDigest.getInstance("SHA-256").digest(b))+"\"";}
  static String describe(HllSketch s) throws Exception { StringBuilder sb=new StringBuilder();
    sb.append("\"estimate\":"+s.getEstimate()+",\"composite\":"+s.getCompositeEstimate()+",\"bounds\":["); for(int i=1;i<=3;i++) sb.append((i>1?",":"")+s.getLowerBound(i)+","+s.getUpperBound(i));
    sb.append("],"+bytes(s.toCompactByteArray())); return sb.toString(); }
  static HllSketch of(int lgK,TgtHllType t,long from,long n){ HllSketch s=new HllSketch(lgK,t); for(long i=from;i<from+n;i++) s.update(i); return s;}
  public static void main(String[] a) throws Exception {
    StringBuilder sb=new StringBuilder("{\n\"values\":["); boolean first=true;
    Object[] vs={"a","hello","é中😀","0123456789abcdef0123",0L,1L,-1L,Long.MAX_VALUE,-0.0,1.5,Double.NaN};
    for(Object v:vs){ HllSketch u=new HllSketch(12), w=new HllSketch(12); String t;
      if(v instanceof String){u.update((String)v);w.update(((String)v).toCharArray());t="text";} else if(v instanceof Long){u.update((Long)v);w.update((Long)v);t="long";} else {u.update((Double)v);w.update((Double)v);t="double";}
      StringBuilder e=new StringBuilder(); for(char c:v.toString().toCharArray()) e.append(c<128?""+c:String.format("\\u%04x",(int)c));
      if(!first)sb.append(","); first=false; sb.append("{\"type\":\""+t+"\",\"value\":\""+e+"\",\"utf8\":\""+b64(u.toCompactByteArray())+"\",\"chars\":\""+b64(w.toCompactByteArray())+"\"}"); }
    sb.append("],\n\"sketches\":["); first=true;
    for(int lgK:new int[]{4,5,7,8,12,14,21}) for(TgtHllType t:TgtHllType.values()) for(int n:new int[]{0,1,7,8,23,24,25,100,192,193,1000,10000,100000,1000000}){
      if(lgK==21&&(t!=TgtHllType.HLL_4||n<100000)) continue; if(lgK==14&&n>100000) continue;
      if(!first)sb.append(",\n"); first=false; sb.append("{\"lgK\":"+lgK+",\"type\":\""+t+"\",\"n\":"+n+","+describe(of(lgK,t,0,n))+"}"); }
    sb.append("],\n\"unions\":["); first=true;
    // lgMaxK, then per part: lgK, type, size
    int[][] us={{12, 12,0,5, 12,0,5},{12, 12,0,100, 12,1,100},{12, 12,0,100, 12,0,5000},{12, 12,0,5000, 12,0,100},{12, 12,0,5000, 12,1,5000, 12,2,5000},{12, 14,0,5000, 12,0,9000},{12, 10,0,5000, 12,0,5000},{12, 12,2,20000, 10,0,5000, 11,1,8},
      {12, 10,0,3000},{12, 10,0,30, 12,0,20000},{11, 12,0,50, 12,0,40000, 12,0,3},{4, 4,0,100, 4,1,100},{8, 8,0,2000000, 8,0,2000000},{12, 12,0,60000, 12,0,60000, 12,0,60000, 12,0,4},{12, 12,0,1000, 12,0,1000},{14, 14,0,2500, 14,0,2500},{5, 5,0,20, 5,0,10}};
    for(int[] q:us){ Union u=new Union(q[0]); StringBuilder parts=new StringBuilder("["); long from=0;
      for(int p=1;p<q.length;p+=3){ u.update(of(q[p],TgtHllType.values()[q[p+1]],from,q[p+2])); from+=q[p+2]/2; parts.append((p>1?",":"")+"["+q[p]+","+q[p+1]+","+q[p+2]+"]"); }
      parts.append("]"); double est=u.getEstimate();
      if(!first)sb.append(",\n"); first=false; sb.append("{\"lgMaxK\":"+q[0]+",\"parts\":"+parts+",\"estimate\":"+est+",\"results\":["+"{"+describe(u.getResult(TgtHllType.HLL_4))+"},{"+describe(u.getResult(TgtHllType.HLL_6))+"},{"+describe(u.getResult(TgtHllType.HLL_8))+"}]}"); }
    // composite estimates around the change of estimators
    sb.append("],\n\"composites\":["); first=true;
    for(int lgK:new int[]{4,5,6,8,11}) for(int e=2;e<=60;e++){ long n=(long)((1<<lgK)*e/16.0); Union u=new Union(lgK); HllSketch p=of(lgK,TgtHllType.HLL_8,0,n); u.update(p); u.update(p);
      if(u.getCompositeEstimate()!=u.getEstimate()) continue;
      if(!first)sb.append(","); first=false; sb.append("["+lgK+","+n+","+u.getEstimate()+"]"); }
    // coupons with registers up to 63, which no short stream of values reaches
    java.lang.reflect.Method put=HllSketch.class.getDeclaredMethod("couponUpdate",int.class); put.setAccessible(true);
    sb.append("],\n\"coupons\":["); first=true; Random r=new Random(11);
    for(TgtHllType t:TgtHllType.values()) for(int count:new int[]{40,400,1200}){ HllSketch x=new HllSketch(8,t), y=new HllSketch(8,t); int[] cs=new int[count];
      for(int i=0;i<count;i++){ cs[i]=((1+r.nextInt(r.nextInt(4)==0?63:12))<<26)|r.nextInt(1<<26); put.invoke(x,cs[i]); if(i%2==0) put.invoke(y,cs[i]); }
      Union u=new Union(8); u.update(x); u.update(y); byte[] cb=new byte[count*4]; java.nio.ByteBuffer.wrap(cb).order(java.nio.ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(cs);
      if(!first)sb.append(",\n"); first=false; sb.append("{\"type\":\""+t+"\",\"coupons\":\""+b64(cb)+"\",\"sketch\":{"+describe(x)+"},\"union\":{"+describe(u.getResult(TgtHllType.HLL_8))+"},\"union4\":{"+describe(u.getResult(TgtHllType.HLL_4))+"}}"); }
    HllSketch s4=of(8,TgtHllType.HLL_4,0,3000000), set=of(10,TgtHllType.HLL_6,0,50);
    sb.append("],\n\"updatable\":[\""+b64(s4.toUpdatableByteArray())+"\",\""+b64(set.toUpdatableByteArray())+"\"],\"compact\":[\""+b64(s4.toCompactByteArray())+"\",\""+b64(set.toCompactByteArray())+"\"]}\n");
    System.out.print(sb);
  }
}
