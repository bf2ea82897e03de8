import org.apache.druid.hll.*;
import com.google.common.hash.*;
import java.util.*;
import java.nio.charset.StandardCharsets;
public class HyperOracle {
  static String b64(byte[] b){return Base64.getEncoder().encodeToString(b);}
  public static void main(String[] a) throws Exception {
    HashFunction f=Hashing.murmur3_128();
    StringBuilder sb=new StringBuilder("{\n\"hashes\":[");
    String[] ss={"","a","ab","hello world","0123456789abcde","0123456789abcdef","0123456789abcdefg","\u00e9\u4e2d\ud83d\ude00x"};
    boolean first=true;
    for(String s:ss){ if(!first)sb.append(","); first=false; StringBuilder e=new StringBuilder(); for(char c:s.toCharArray()) e.append(String.format("\\u%04x",(int)c));
      sb.append("{\"text\":\""+e+"\",\"utf8\":\""+f.hashBytes(s.getBytes(StandardCharsets.UTF_8))+"\",\"chars\":\""+f.hashUnencodedChars(s)+"\"}"); }
    sb.append("],\n\"longs\":["); first=true;
    for(long v:new long[]{0,1,-1,1234567890123L,Long.MIN_VALUE,Long.MAX_VALUE}){ if(!first)sb.append(","); first=false; sb.append("[\""+v+"\",\""+f.hashLong(v)+"\"]"); }
    sb.append("],\n\"floats\":["); first=true;
    for(float v:new float[]{0f,-0f,1.5f,-3.25e10f}){ if(!first)sb.append(","); first=false; sb.append("["+v+",\""+f.hashInt(Float.floatToIntBits(v))+"\"]"); }
    sb.append("],\n\"sketches\":["); first=true;
    for(int n:new int[]{0,1,2,10,100,127,150,1000,5000,20000,100000,1000000,5000000}){ 
      HyperLogLogCollector c=HyperLogLogCollector.makeLatestCollector();
      for(long i=0;i<n;i++) c.add(f.hashLong(i).asBytes());
      byte[] img=c.toByteArray();
      if(!first)sb.append(",\n"); first=false;
      sb.append("{\"n\":"+n+",\"estimate\":"+c.estimateCardinality()+",\"image\":\""+b64(img)+"\"}"); }
    // merges of parts: part p holds longs [p*size,(p+1)*size)
    sb.append("],\n\"merges\":["); first=true;
    for(int[] q:new int[][]{{3,5},{3,40},{4,1000},{10,3000},{7,100000},{2,2000000}}){
      HyperLogLogCollector m=HyperLogLogCollector.makeLatestCollector();
      for(int p=0;p<q[0];p++){ HyperLogLogCollector c=HyperLogLogCollector.makeLatestCollector();
        long size = q[1]/(p+1);
        for(long i=0;i<size;i++) c.add(f.hashLong(p*(long)q[1]+i).asBytes());
        m.fold(HyperLogLogCollector.makeCollector(java.nio.ByteBuffer.wrap(c.toByteArray()))); }
      if(!first)sb.append(",\n"); first=false;
      byte[] img=m.toByteArray(); 
      sb.append("{\"parts\":"+q[0]+",\"size\":"+q[1]+",\"estimate\":"+m.estimateCardinality()+",\"image\":\""+b64(img)+"\"}"); }
    // sparse images with overflow
    sb.append("],\n\"sparse\":["); first=true; Random r=new Random(5);
    for(int t=0;t<40;t++){ HyperLogLogCollector c=HyperLogLogCollector.makeLatestCollector(); int n=1+r.nextInt(60); 
      for(int i=0;i<n;i++) c.add((short)r.nextInt(t<20?24:2048),(byte)(1+r.nextInt(i%5==0?64:15)));
      byte[] img=c.toByteArray();
      double se=HyperLogLogCollector.makeCollector(java.nio.ByteBuffer.wrap(img)).estimateCardinality();
      if(!first)sb.append(",\n"); first=false;
      sb.append("{\"image\":\""+b64(img)+"\",\"dense\":"+c.estimateCardinality()+",\"estimate\":"+se+"}"); }
    // the empty text, whose hash is all zeros, and 126 to 129 used registers
    HyperLogLogCollector z=HyperLogLogCollector.makeLatestCollector(); z.add(f.hashUnencodedChars("").asBytes());
    sb.append("],\n\"emptyText\":\""+b64(z.toByteArray())+"\",\n\"threshold\":["); first=true;
    for(int n=126;n<=129;n++){ HyperLogLogCollector c=HyperLogLogCollector.makeLatestCollector(); for(int i=0;i<n;i++) c.add((short)(i*3),(byte)(1+i%9));
      if(!first)sb.append(",\n"); first=false; sb.append("{\"n\":"+n+",\"image\":\""+b64(c.toByteArray())+"\"}"); }
    sb.append("]\n}\n"); System.out.print(sb);
  }
}
