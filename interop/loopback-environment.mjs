/** For programs that talk to this machine only: a proxy of the machine must not be asked for the way. */
export const LOOPBACK_ENVIRONMENT = { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', no_grpc_proxy: '127.0.0.1' };
