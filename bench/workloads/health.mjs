import health from 'grpc-health-check';

/** grpc.health.v1 Check of the whole server, as a load balancer asks it. 1 is SERVING. */
export const HEALTH_CHECK = {
  shape: [0],
  variants: 1,
  method: health.service.Check,
  request: () => ({ service: '' }),
  read: ({ status }) => [status === 'SERVING' ? 1 : 0],
};
