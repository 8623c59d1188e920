import { assertNever } from '../../assert-never.ts';
import type { PanelField, PanelParams, PanelSection } from '../../control/panels.ts';

interface Props<K extends PanelSection['kind'] = PanelSection['kind']> {
  readonly section: Extract<PanelSection, { kind: K }>;
  readonly onAct: (name: string, params: PanelParams) => void;
}

/** One section of a panel, drawn by its kind. */
export function SectionView({ section, onAct }: Props) {
  return (
    <section class="panel-section">
      {section.title !== undefined && <h3>{section.title}</h3>}
      <Content section={section} onAct={onAct} />
    </section>
  );
}

function Content({ section, onAct }: Props) {
  switch (section.kind) {
    case 'facts':
      return <Facts section={section} onAct={onAct} />;
    case 'table':
      return <PanelTable section={section} onAct={onAct} />;
    case 'switches':
      return <Switches section={section} onAct={onAct} />;
    case 'actions':
      return <Actions section={section} onAct={onAct} />;
    case 'text':
      return <p>{section.text}</p>;
    default:
      return assertNever(section);
  }
}

function Facts({ section }: Props<'facts'>) {
  return (
    <dl class="facts">
      {section.items.map(({ label, value, tone }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class={`tone-${tone ?? 'plain'}`}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function PanelTable({ section }: Props<'table'>) {
  return (
    <div class="table-frame" role="region" aria-label={section.title ?? 'Table'} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {section.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {section.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column} class={typeof cell === 'string' ? undefined : `tone-${cell.tone}`}>
                  {typeof cell === 'string' ? cell : cell.text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Switches({ section, onAct }: Props<'switches'>) {
  return (
    <div class="switches">
      {section.items.map(({ name, label, hint, on }) => (
        <label key={name} class="switch">
          <input
            type="checkbox"
            role="switch"
            checked={on}
            onChange={(event) => onAct(name, { on: event.currentTarget.checked })}
          />
          <span class="switch-track" aria-hidden="true" />
          <span>
            {label}
            {hint !== undefined && <small>{hint}</small>}
          </span>
        </label>
      ))}
    </div>
  );
}

function Actions({ section, onAct }: Props<'actions'>) {
  return (
    <div class="panel-actions">
      {section.items.map(({ name, label, hint, tone, fields }) => (
        <form
          key={name}
          class="panel-action"
          onSubmit={(event) => {
            event.preventDefault();
            onAct(name, readFields(new FormData(event.currentTarget), fields ?? []));
          }}
        >
          {fields?.map((field) => (
            <PanelInput key={field.name} field={field} />
          ))}
          <button type="submit" class={tone === 'bad' ? 'button button-danger' : 'button'} title={hint}>
            {label}
          </button>
        </form>
      ))}
    </div>
  );
}

function PanelInput({ field }: { field: PanelField }) {
  const { name, label, kind, options, value } = field;
  return (
    <label class="panel-field">
      <span>{label}</span>
      {kind === 'select' ? (
        <select class="select" name={name} defaultValue={value}>
          {options?.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          class="text-input"
          name={name}
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          defaultValue={value}
        />
      )}
    </label>
  );
}

function readFields(form: FormData, fields: readonly PanelField[]): PanelParams {
  const values = fields.map(({ name, kind }) => {
    const typed = form.get(name);
    const text = typeof typed === 'string' ? typed : '';
    return [name, kind === 'number' ? Number(text) : text] as const;
  });
  return Object.fromEntries(values);
}
