/** Philox 4x32-10 (Salmon et al. 2011), bit for bit as on the CPU, and what its words become. */
export const randomFunctions: Readonly<Record<string, string>> = {
  philox: `fn philox(low: u32, high: u32, key0: u32, key1: u32) -> vec4<u32> {
  var c = vec4<u32>(low, high, 0u, 0u);
  var k0 = key0;
  var k1 = key1;
  for (var round = 0; round < 10; round++) {
    let h0 = highWord(0xD2511F53u, c.x);
    let l0 = 0xD2511F53u * c.x;
    let h1 = highWord(0xCD9E8D57u, c.z);
    let l1 = 0xCD9E8D57u * c.z;
    c = vec4<u32>(h1 ^ c.y ^ k0, l1, h0 ^ c.w ^ k1, l0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}`,
  unit: "fn unit(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }",
  // Box-Muller; the angle in turns is exact, and so is what is left of it beyond whole quarters.
  normalPair: `fn normalPair(first: u32, second: u32) -> vec2<f32> {
  let radius = sqrt(-2.0 * logarithm(f32((first >> 8u) + 1u) * 5.9604644775390625e-8));
  let s = i32(second >> 8u);
  let quarter = (s + 2097152) >> 22u;
  let r = f32(s - (quarter << 22u)) * 5.9604644775390625e-8 * 6.28318531;
  return vec2<f32>(radius * sineOfQuarter(r, u32(quarter) + 1u), radius * sineOfQuarter(r, u32(quarter)));
}`,
};
