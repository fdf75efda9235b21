/** Key of the service's state, in a module of its own so that its operations can name it. */
export const logsServiceId = 'logs';
