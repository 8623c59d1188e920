import type { PlanBlock, TaskCardBlock } from '@slack/types';

import type { PageState } from '../live/store.ts';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { PlainText } from '../parts/mrkdwn.tsx';
import { RichText } from './rich-text.tsx';

const words = { pending: 'to do', in_progress: 'under way', complete: 'done', error: 'failed' } as const;

/** A plan: its title, how far it is, and its tasks. */
export function Plan({ block, state }: { block: PlanBlock; state: PageState }) {
  const tasks = (block.tasks ?? []) as TaskCardBlock[];
  const done = tasks.filter((task) => task.status === 'complete').length;
  return (
    <section class="plan" aria-label={block.title}>
      <header class="plan-head">
        <h4>
          <PlainText text={block.title} />
        </h4>
        <span class="plan-count">
          {done} of {tasks.length}
        </span>
      </header>
      <progress class="plan-progress" max={tasks.length} value={done} aria-label="Tasks done" />
      <ul class="tasks">
        {tasks.map((task) => (
          <TaskCard key={task.task_id} task={task} state={state} />
        ))}
      </ul>
    </section>
  );
}

export function TaskCard({ task, state }: { task: TaskCardBlock; state: PageState }) {
  const head = (
    <>
      <StatusSign status={task.status} />
      <span class="task-title">
        <PlainText text={task.title} />
      </span>
      {task.output !== undefined && <RichText block={task.output} state={state} />}
    </>
  );
  const more = task.details !== undefined || (task.sources ?? []).length > 0;
  return (
    <li class={`task task-${task.status}`}>
      {more ? (
        <details open={task.status === 'in_progress' || task.status === 'error'}>
          <summary>
            {head}
            <span class="task-more">
              <Icon name="chevron" />
            </span>
          </summary>
          <div class="task-details">
            {task.details !== undefined && <RichText block={task.details} state={state} />}
            {task.sources?.map((source) => (
              <Link key={source.url} url={source.url}>
                {source.text}
              </Link>
            ))}
          </div>
        </details>
      ) : (
        <div class="task-line">{head}</div>
      )}
    </li>
  );
}

function StatusSign({ status }: { status: TaskCardBlock['status'] }) {
  return (
    <span class={`status status-${status}`} role="img" aria-label={words[status]}>
      {status === 'complete' && <Icon name="check" />}
      {status === 'error' && <Icon name="cross" />}
    </span>
  );
}
