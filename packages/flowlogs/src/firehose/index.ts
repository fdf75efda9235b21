export { type FirehoseEvent, type FirehoseResult, createTransformation, firehoseLines } from './transform.js';
