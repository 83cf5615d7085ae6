/** Line on the host's stderr by which its watchdog says why it ends the process. */
export const MEMORY_EXCEEDED_MARK = 'deephealth-host: memory limit exceeded';
