import type { TableBlock } from '@slack/types';

import type { PageState } from '../live/store.ts';
import { RichText } from './rich-text.tsx';

/** A table; its first row is the head, as in Slack. */
export function TableView({ block, state }: { block: TableBlock; state: PageState }) {
  const [head = [], ...rows] = block.rows;
  const align = (column: number): string => `align-${block.column_settings?.[column]?.align ?? 'left'}`;
  const cell = (entry: TableBlock['rows'][number][number]) =>
    entry.type === 'rich_text' ? <RichText block={entry} state={state} /> : entry.text;
  return (
    // Wide tables scroll, and what scrolls must be reachable by keyboard.
    <div class="table-frame" role="region" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((entry, column) => (
              <th key={column} scope="col" class={align(column)}>
                {cell(entry)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((entry, column) => (
                <td key={column} class={align(column)}>
                  {cell(entry)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
