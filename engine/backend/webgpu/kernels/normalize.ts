import { Bindings } from "../bindings.js";
import { floatWord, type Kernel } from "./kernel.js";

const at = (b: number, place: string) => `bitcast<f32>(b${b}[${place}])`;

/** One lane takes a row: its mean, then the mean square around it, then the values. */
export const normalize: Kernel = (record, gpu) => {
  const [isRms, rows, columns, epsilon] = record.take(4) as [number, number, number, number];
  const x = record.operand();
  const [weight, bias] = [record.optional(), record.optional()];
  const [y, moments] = [record.operand(), record.operand()];
  const bindings = new Bindings();
  const into = bindings.write(gpu.buffers.of(y.storage), "float32");
  const kept = bindings.write(gpu.buffers.of(moments.storage), "float32");
  const [from, scale, shift] = [x, weight, bias].map(o => (o ? bindings.read(gpu.buffers.of(o.storage)) : -1)) as [
    number,
    number,
    number,
  ];
  gpu.dispatch({
    key: `normalize ${isRms} ${from} ${scale} ${shift} ${into} ${kept}`,
    bindings,
    code: () => {
      const scaled = scale < 0 ? "unit" : `unit * ${at(scale, "P(5u) + i")}`;
      return `fn run(t: u32) {
  let row = P(4u) + t * P(1u);
  var mean = 0.0;
  ${isRms ? "" : `for (var i = 0u; i < P(1u); i++) { mean += ${at(from, "row + i")}; }\n  mean = mean / f32(P(1u));`}
  var squares = 0.0;
  for (var i = 0u; i < P(1u); i++) {
    let d = ${at(from, "row + i")} - mean;
    squares += d * d;
  }
  let scale = divided(1.0, root(squares / f32(P(1u)) + F(3u)));
  b${kept}[P(8u) + t] = bitcast<u32>(mean);
  b${kept}[P(8u) + P(2u) + t] = bitcast<u32>(scale);
  for (var i = 0u; i < P(1u); i++) {
    let unit = (${at(from, "row + i")} - mean) * scale;
    b${into}[P(7u) + t * P(1u) + i] = bitcast<u32>(${shift < 0 ? scaled : `${scaled} + ${at(shift, "P(6u) + i")}`});
  }
}`;
    },
    parameters: [
      columns,
      rows,
      floatWord(epsilon),
      x.offset,
      weight?.offset ?? 0,
      bias?.offset ?? 0,
      y.offset,
      moments.offset,
    ],
    threads: columns === 0 ? 0 : rows,
  });
};

/** The gradient by the rows with a lane for each, and those of weight and bias with a lane for each column. */
export const normalizeGrad: Kernel = (record, gpu) => {
  const [isRms, rows, columns] = record.take(3) as [number, number, number];
  const x = record.operand();
  const weight = record.optional();
  const [moments, dy, dx] = [record.operand(), record.operand(), record.operand()];
  const [dweight, dbias] = [record.optional(), record.optional()];
  const buffer = (storage: number) => gpu.buffers.of(storage);
  const parameters = [columns, rows, x.offset, moments.offset, dy.offset];

  const bindings = new Bindings();
  const into = bindings.write(buffer(dx.storage), "float32");
  const [from, kept, given] = [x, moments, dy].map(o => bindings.read(buffer(o.storage))) as [number, number, number];
  const scale = weight ? bindings.read(buffer(weight.storage)) : -1;
  gpu.dispatch({
    key: `normalizeGrad ${isRms} ${from} ${kept} ${given} ${scale} ${into}`,
    bindings,
    code: () => {
      const element = `let unit = (${at(from, "P(3u) + row + i")} - mean) * scale;
    let g = ${at(given, "P(5u) + row + i")}${scale < 0 ? "" : ` * ${at(scale, "P(7u) + i")}`};`;
      return `fn run(t: u32) {
  let row = t * P(1u);
  let mean = ${at(kept, "P(4u) + t")};
  let scale = ${at(kept, "P(4u) + P(2u) + t")};
  var sum = 0.0;
  var along = 0.0;
  for (var i = 0u; i < P(1u); i++) {
    ${element}
    sum += g;
    along += g * unit;
  }
  sum = ${isRms ? "0.0" : "sum / f32(P(1u))"};
  along = along / f32(P(1u));
  for (var i = 0u; i < P(1u); i++) {
    ${element}
    b${into}[P(6u) + row + i] = bitcast<u32>((g - sum - unit * along) * scale);
  }
}`;
    },
    parameters: [...parameters, dx.offset, weight?.offset ?? 0],
    threads: columns === 0 ? 0 : rows,
  });

  for (const [target, isBias] of [
    [dweight, false],
    [dbias, true],
  ] as const) {
    if (target === undefined) continue;
    const own = new Bindings();
    const b = own.write(buffer(target.storage), "float32");
    const [source, stored, gradient] = [x, moments, dy].map(o => own.read(buffer(o.storage))) as [
      number,
      number,
      number,
    ];
    gpu.dispatch({
      key: `normalizeGrad sums ${isBias} ${source} ${stored} ${gradient} ${b}`,
      bindings: own,
      code: () => {
        const unit = `(${at(source, "P(3u) + place")} - ${at(stored, "P(4u) + r")}) * ${at(stored, "P(4u) + P(2u) + r")}`;
        return `fn run(t: u32) {
  var sum = 0.0;
  for (var r = 0u; r < P(2u); r++) {
    let place = r * P(1u) + t;
    let g = ${at(gradient, "P(5u) + place")};
    sum += ${isBias ? "g" : `g * ${unit}`};
  }
  b${b}[P(6u) + t] = bitcast<u32>(sum);
}`;
      },
      parameters: [...parameters, target.offset],
      threads: columns,
    });
  }
};
