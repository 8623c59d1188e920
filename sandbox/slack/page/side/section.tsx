import { assertNever } from '../../assert-never.ts';
import type { PanelField, PanelParams, PanelSection } from '../../control/panels.ts';
import { Icon } from '../parts/icon.tsx';

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
      return <p class="panel-text">{section.text}</p>;
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

type Action = Props<'actions'>['section']['items'][number];

/** Simple actions are buttons in a row; those that ask something or need a word of explanation unfold. */
function Actions({ section, onAct }: Props<'actions'>) {
  const isSimple = ({ hint, fields }: Action): boolean => hint === undefined && (fields ?? []).length < 2;
  const simple = section.items.filter(isSimple);
  const explained = section.items.filter((action) => !isSimple(action));
  return (
    <>
      {simple.length > 0 && (
        <div class="panel-actions">
          {simple.map((action) => (
            <ActionForm key={action.name} action={action} press={action.label} onAct={onAct} />
          ))}
        </div>
      )}
      {explained.length > 0 && (
        <div class="panel-list">
          {explained.map((action) => (
            <details key={action.name}>
              <summary>
                {action.label}
                <Icon name="chevron" />
              </summary>
              {action.hint !== undefined && <p>{action.hint}</p>}
              <ActionForm action={action} press="Do it" onAct={onAct} />
            </details>
          ))}
        </div>
      )}
    </>
  );
}

interface ActionFormProps {
  action: Action;
  press: string;
  onAct: Props['onAct'];
}

function ActionForm({ action: { name, label, tone, fields }, press, onAct }: ActionFormProps) {
  return (
    <form
      class="panel-action"
      onSubmit={(event) => {
        event.preventDefault();
        onAct(name, readFields(new FormData(event.currentTarget), fields ?? []));
      }}
    >
      {fields?.map((field) => (
        <PanelInput key={field.name} field={field} />
      ))}
      <button type="submit" class={tone === 'bad' ? 'button button-danger' : 'button'} aria-label={label}>
        {press}
      </button>
    </form>
  );
}

function PanelInput({ field }: { field: PanelField }) {
  const { name, label, kind, options, value } = field;
  return (
    <label class="panel-field">
      <span>{label}</span>
      {kind === 'select' ? (
        <select class="select" name={name}>
          {value === undefined && <option value="">any</option>}
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
    // An empty field stays empty: a number that was left out is not zero.
    return [name, kind === 'number' && text !== '' ? Number(text) : text] as const;
  });
  return Object.fromEntries(values);
}
