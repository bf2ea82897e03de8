import org.apache.datasketches.theta.*;
import java.util.*;
import java.security.*;
public class ThetaOracle {
  static String b64(byte[] b){return Base64.getEncoder().encodeToString(b);}
  static String sha(byte[] b) throws Exception {return b64(MessageDigest.getInstance("SHA-256").digest(b));}
  static String bytes(byte[] b) throws Exception {return b.length<=1200?"\"image\":\""+b64(b)+"\"":"\"sha256\":\""+sha(b)+"\"";}
  static String describe(CompactSketch s) throws Exception { StringBuilder sb=new StringBuilder();
    sb.append("\"estimate\":"+s.getEstimate()+",\"bounds\":["); for(int i=1;i<=3;i++) sb.append((i>1?",":"")+s.getLowerBound(i)+","+s.getUpperBound(i));
    sb.append("],"+bytes(s.toByteArray())); return sb.toString(); }
  static CompactSketch of(int k,long from,long n){ Union u=SetOperation.builder().setNominalEntries(k).buildUnion(); for(long i=from;i<from+n;i++) u.update(i); return u.getResult(true,null);}
  public static void main(String[] a) throws Exception {
    StringBuilder sb=new StringBuilder("{\n\"values\":["); boolean first=true;
    Object[] vs={"a","hello","é中😀","0123456789abcdef0123",0L,1L,-1L,Long.MAX_VALUE,0.0,-0.0,1.5,-2e300,Double.NaN,Double.POSITIVE_INFINITY};
    for(Object v:vs){ UpdateSketch u=UpdateSketch.builder().build(); String t;
      if(v instanceof String){u.update((String)v);t="text";} else if(v instanceof Long){u.update((Long)v);t="long";} else {u.update((Double)v);t="double";}
      StringBuilder e=new StringBuilder(); for(char c:v.toString().toCharArray()) e.append(c<128?""+c:String.format("\\u%04x",(int)c));
      if(!first)sb.append(","); first=false; sb.append("{\"type\":\""+t+"\",\"value\":\""+e+"\",\"image\":\""+b64(u.compact().toByteArray())+"\"}"); }
    sb.append("],\n\"sketches\":["); first=true;
    for(int k:new int[]{16,64,1024,16384}) for(int n:new int[]{0,1,2,10,16,17,30,31,32,100,1000,5000,100000,1000000}){
      if(!first)sb.append(",\n"); first=false; sb.append("{\"k\":"+k+",\"n\":"+n+","+describe(of(k,0,n))+"}"); }
    sb.append("],\n\"unions\":["); first=true;
    for(int[] q:new int[][]{{16,3,10},{64,5,40},{64,5,1000},{1024,20,300},{1024,7,20000},{16384,10,9000}}){
      Union u=SetOperation.builder().setNominalEntries(q[0]).buildUnion();
      for(int p=0;p<q[1];p++) u.union(of(q[0]>>(p%2==1&&q[0]>16?1:0),(long)p*q[2]/2,q[2]));
      if(!first)sb.append(",\n"); first=false; sb.append("{\"k\":"+q[0]+",\"parts\":"+q[1]+",\"size\":"+q[2]+","+describe(u.getResult(true,null))+"}"); }
    sb.append("],\n\"setOperations\":["); first=true;
    for(int[] q:new int[][]{{64,10,5,10},{64,1000,500,1000},{64,1000,990,20},{64,5,5,5},{1024,50000,20000,3000},{1024,100,5000,100000},{64,0,0,10},{64,10,0,0},{16,100000,0,3}}){
      CompactSketch A=of(q[0],0,q[1]), B=of(q[0],q[2],q[3]);
      CompactSketch i=SetOperation.builder().buildIntersection().intersect(A,B,true,null); CompactSketch n=SetOperation.builder().buildANotB().aNotB(A,B,true,null);
      if(!first)sb.append(",\n"); first=false; sb.append("{\"k\":"+q[0]+",\"sizeA\":"+q[1]+",\"fromB\":"+q[2]+",\"sizeB\":"+q[3]+",\"intersection\":{"+describe(i)+"},\"difference\":{"+describe(n)+"}}"); }
    sb.append("],\n\"bounds\":["); first=true;
    for(int n:new int[]{0,1,2,5,20,60,119,120,121,500}) for(double th:new double[]{1e-9,0.001,0.02,0.1,0.3,0.5,0.9,0.99999,0.999995,0.9999999,1}) for(int sd=1;sd<=3;sd++){
      if(!first)sb.append(","); first=false; sb.append("["+n+","+th+","+sd+","+org.apache.datasketches.thetacommon.BinomialBoundsN.getLowerBound(n,th,sd,false)+","+org.apache.datasketches.thetacommon.BinomialBoundsN.getUpperBound(n,th,sd,false)+"]"); }
    UpdateSketch us=UpdateSketch.builder().setNominalEntries(32).build(); for(long i=0;i<500;i++) us.update(i);
    sb.append("],\n\"updatable\":\""+b64(us.toByteArray())+"\",\"unordered\":\""+b64(us.compact(false,null).toByteArray())+"\",\"ordered\":\""+b64(us.compact(true,null).toByteArray())+"\"}\n");
    System.out.print(sb);
  }
}
