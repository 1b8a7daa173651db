/** What is looked for again and again by its reason, among whatever else is dead. `$S` stands for the quoted schema. */
export const deadLetterReasons = `
create index dead_letters_state_reason on $S.dead_letters (state, reason, seq);
`;
