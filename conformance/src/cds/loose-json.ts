/** JSON of somebody else, whose form is not known before it is looked at; nothing of it may be trusted. */
// biome-ignore lint/suspicious/noExplicitAny: a type for each form that a wrong answer can have would say nothing.
export type LooseJson = any;
