import { z } from 'zod';

/** How a value is coloured: calm by default. */
export const Tone = z.enum(['plain', 'good', 'warning', 'bad', 'busy']);
export type Tone = z.infer<typeof Tone>;

/** One question that an action asks before it is done. */
export const PanelField = z.strictObject({
  name: z.string(),
  label: z.string(),
  kind: z.enum(['text', 'number', 'select']),
  options: z.array(z.strictObject({ value: z.string(), label: z.string() })).optional(),
  value: z.string().optional(),
});
export type PanelField = z.infer<typeof PanelField>;

const cell = z.union([z.string(), z.strictObject({ text: z.string(), tone: Tone })]);

/** What a panel shows; the page draws it without knowing what it is about. */
export const PanelSection = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('facts'),
    title: z.string().optional(),
    items: z.array(z.strictObject({ label: z.string(), value: z.string(), tone: Tone.optional() })),
  }),
  z.strictObject({
    kind: z.literal('table'),
    title: z.string().optional(),
    columns: z.array(z.string()),
    rows: z.array(z.array(cell)),
  }),
  z.strictObject({
    kind: z.literal('switches'),
    title: z.string().optional(),
    /** A switch acts with `{on: boolean}` under its name. */
    items: z.array(
      z.strictObject({ name: z.string(), label: z.string(), hint: z.string().optional(), on: z.boolean() }),
    ),
  }),
  z.strictObject({
    kind: z.literal('actions'),
    title: z.string().optional(),
    /** An action acts with its fields' values under its name. */
    items: z.array(
      z.strictObject({
        name: z.string(),
        label: z.string(),
        hint: z.string().optional(),
        tone: Tone.optional(),
        fields: z.array(PanelField).optional(),
      }),
    ),
  }),
  z.strictObject({ kind: z.literal('text'), title: z.string().optional(), text: z.string() }),
]);
export type PanelSection = z.infer<typeof PanelSection>;

export const PanelData = z.strictObject({ sections: z.array(PanelSection) });
export type PanelData = z.infer<typeof PanelData>;

export type PanelParams = Readonly<Record<string, string | number | boolean>>;

/** Something beside the conversation that the page shows and can act on, such as the simulated cluster. */
export interface Panel {
  readonly title: string;
  read(): Promise<PanelData>;
  /** @returns a sentence for the person who acted, if there is something to say. */
  act(name: string, params: PanelParams): Promise<string | undefined>;
}
