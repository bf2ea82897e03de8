/**
 * When a row list beats a bitset. Kernels run faster over a list that is there already: f64 sums, for one, up to about a third of the
 * rows. But filters give bitsets, and listing their rows (`bitsToRows`) costs about as much as one kernel's pass over them, so it pays
 * where rows are few or many kernels follow: below 1% with the first kernel, about 3% with the first or second, and at 10% hardly
 * ever. Two runs on a busy machine agree on that much, though their single figures differ by up to four times.
 * @source `npm run bench:micro`, the 'bits' and 'rows' lines
 */
export const ROWS_FORM_AT_MOST = 1 / 32;
