/** Whose all of it is: every row says so, though a hub serves one organisation. */
export const ORGANISATION = 'default';
