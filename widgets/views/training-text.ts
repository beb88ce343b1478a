import type { EndReason } from "../../engine/train/events.js";
import { formatCount, formatDuration, formatNumber } from "../format.js";
import type { TrainingState } from "./training-state.js";

/** How a run ended, in a word. */
export const endNames: Readonly<Record<EndReason, string>> = {
  finished: "finished",
  stopped: "stopped early",
  interrupted: "interrupted",
  failed: "failed",
};

const barWidth = 20;

/**
 * A training run in one line:
 * softmax: 80 % [████████████████····] epoch 9/10, step 240/300, loss 0.302, 1,842 samples/s, 0:41, ETA 0:10
 */
export function trainingText(state: TrainingState): string {
  const parts: string[] = [];
  if (state.epoch !== undefined) parts.push(`epoch ${of(state.epoch, state.totalEpochs)}`);
  parts.push(`step ${of(state.step, state.totalSteps)}`);
  for (const [name, value] of [...state.latest].slice(0, 6)) parts.push(`${oneLine(name)} ${formatNumber(value)}`);
  const rate = rateText(state);
  if (rate) parts.push(rate);
  parts.push(formatDuration(state.elapsed()));
  const remaining = state.remaining();
  if (remaining !== undefined) parts.push(`ETA ${formatDuration(remaining)}`);
  const bad = state.firstBad;
  if (bad) parts.push(`${oneLine(bad.metric)} is ${formatNumber(bad.at[1])} at step ${formatCount(bad.at[0])}!`);
  if (state.end) parts.push(endText(state));
  return `${oneLine(state.title)}: ${bar(state)}${parts.join(", ")}`;
}

/** Steps or samples per second; samples say more where the loop counts them. */
export function rateText(state: TrainingState): string | undefined {
  const rate = state.rate();
  if (!rate) return undefined;
  return rate.samples > 0 ? `${perSecond(rate.samples)} samples/s` : `${perSecond(rate.steps)} steps/s`;
}

/** `3/10`, or `3` when the end is not known. */
function of(n: number, total: number | undefined): string {
  return total === undefined ? formatCount(n) : `${formatCount(n)}/${formatCount(total)}`;
}

function endText(state: TrainingState): string {
  const { reason, message } = state.end!;
  return reason === "failed" && message ? `failed: ${oneLine(message)}` : endNames[reason];
}

function bar(state: TrainingState): string {
  const progress = state.progress();
  if (progress === undefined) return "";
  const filled = Math.round(progress * barWidth);
  const percent = Math.floor(progress * 100);
  return `${percent} % [${"█".repeat(filled)}${"·".repeat(barWidth - filled)}] `;
}

function perSecond(n: number): string {
  return n >= 100 ? formatCount(Math.round(n)) : formatNumber(n, 3);
}

/** Names and messages come from users: one line, without control characters, at most 200 of them. */
function oneLine(text: string): string {
  const clean = text.replace(/\p{Cc}+/gu, " ").trim();
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
}
