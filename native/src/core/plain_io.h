// read, write and writev without the C library's cancellation points, which cost two atomic operations a call.
// These threads are never cancelled.
#pragma once
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace geneve {

inline ssize_t plainRead(int fd, void* buffer, size_t bytes) { return ::syscall(SYS_read, fd, buffer, bytes); }
inline ssize_t plainWrite(int fd, const void* buffer, size_t bytes) { return ::syscall(SYS_write, fd, buffer, bytes); }
inline ssize_t plainWritev(int fd, const iovec* parts, int count) { return ::syscall(SYS_writev, fd, parts, count); }

}  // namespace geneve
