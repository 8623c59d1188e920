export { type Selector, selects } from '../domain/selector.ts';
