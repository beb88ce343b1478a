import type { TrainingState } from "./views/training-state.js";

/** The most runs that are remembered. */
const most = 12;
const recent: TrainingState[] = [];

/** Remembers a run that began, to compare it with others later. */
export function noteRun(state: TrainingState): void {
  recent.push(state);
  if (recent.length > most) recent.shift();
}

/** The newest runs, the oldest first. */
export function recentRuns(): readonly TrainingState[] {
  return recent;
}
