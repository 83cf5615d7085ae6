/**
 * Does something to an HTTP/2 stream or session once what came for it has been read. What a promise leads to
 * runs while Node 20 still reads; nghttp2 then goes on with a stream that is freed already, and the heap is
 * spoilt (seen with valgrind: Http2Stream::RstStream within nghttp2_session_mem_recv2).
 */
export function afterReading(act: () => void): void {
  setImmediate(act);
}
