/** The number of the cell that is executing, as its front end counts; 0 outside of cells. */
let current = 0;

/** The cell in which what is made now is made. */
export function currentCell(): number {
  return current;
}

/** Says which cell executes from now on (0: none). The kernel does, so that every tensor knows its cell. */
export function enterCell(number: number): void {
  current = number;
}
