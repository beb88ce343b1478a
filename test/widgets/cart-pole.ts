import type { TensorLike } from "../../widgets/views/tensor-like.js";
import { normal, tensorOf } from "./samples.js";

/** Place, speed, angle, turning speed. */
type State = [x: number, v: number, angle: number, turn: number];

/** A step of a pole on a cart (Barto, Sutton and Anderson, 1983), as Gym's CartPole-v1 has it. */
function stepOf([x, v, angle, turn]: State, push: number): State {
  const force = push > 0 ? 10 : -10;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const part = (force + 0.05 * turn * turn * sin) / 1.1;
  const turning = (9.8 * sin - cos * part) / (0.5 * (4 / 3 - (0.1 * cos * cos) / 1.1));
  const pushing = part - (0.05 * turning * cos) / 1.1;
  return [x + 0.02 * v, v + 0.02 * pushing, angle + 0.02 * turn, turn + 0.02 * turning];
}

/** An episode under a linear policy: until the pole falls, the cart leaves, or 200 steps are over. */
function play(weights: readonly number[], start: State): State[] {
  const states = [start];
  for (let state = start; states.length < 200; states.push(state)) {
    state = stepOf(
      state,
      state.reduce((sum, s, i) => sum + s * weights[i]!, 0),
    );
    if (Math.abs(state[0]) > 2.4 || Math.abs(state[2]) > 0.21) break;
  }
  return states;
}

/** A frame [3, 80, 120]: grey ground, a dark cart, a brown pole. */
function draw([x, , angle]: State): TensorLike {
  const [left, top] = [60 + x * 20, 60];
  return tensorOf([3, 80, 120], i => {
    const channel = Math.floor(i / 9600);
    const [px, py] = [i % 120, Math.floor((i % 9600) / 120)];
    const [dx, dy] = [px - left, top - py];
    const along = dx * Math.sin(angle) + dy * Math.cos(angle);
    const across = dx * Math.cos(angle) - dy * Math.sin(angle);
    if (along > 0 && along < 45 && Math.abs(across) < 2) return [0.8, 0.6, 0.4][channel]!;
    if (Math.abs(dx) < 11 && Math.abs(py - top) < 6) return 0.15;
    return py === 66 ? 0.5 : 1;
  });
}

/** A policy that was searched for until it balanced: the returns of all episodes, and the frames of the last. */
export function balancing(): { frames: TensorLike[]; rewards: number[]; returns: number[] } {
  const noise = normal(4);
  const returns: number[] = [];
  let best: { weights: number[]; length: number } = { weights: [0, 0, 0, 0], length: 0 };
  let states: State[] = [];
  for (let episode = 0; episode < 60 && best.length < 200; episode++) {
    const weights = best.weights.map(w => w + noise() * 0.7);
    states = play(weights, [noise() * 0.05, noise() * 0.05, noise() * 0.05, noise() * 0.05]);
    returns.push(states.length);
    if (states.length > best.length) best = { weights, length: states.length };
  }
  return { frames: states.map(draw), rewards: states.map(() => 1), returns };
}
