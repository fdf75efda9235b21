// Owners of what the kernel gives: a file descriptor and an anonymous mapping. Closed exactly once, moved never copied.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

namespace geneve {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

class Mapping {
 public:
  Mapping() = default;
  /// Zeroed, resident only where touched; empty when the kernel refuses.
  static Mapping anonymous(size_t bytes) {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    Mapping result;
    if (at == MAP_FAILED) return result;
    result.at_ = at;
    result.bytes_ = bytes;
    return result;
  }
  /// Of a file, shared with whoever has it; empty when the kernel refuses.
  static Mapping shared(int fd, off_t offset, size_t bytes, bool writable) {
    void* at = ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
    Mapping result;
    if (at == MAP_FAILED) return result;
    result.at_ = at;
    result.bytes_ = bytes;
    return result;
  }
  Mapping(Mapping&& other) noexcept : at_(std::exchange(other.at_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      reset();
      at_ = std::exchange(other.at_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~Mapping() { reset(); }

  void* data() const { return at_; }
  size_t size() const { return bytes_; }
  explicit operator bool() const { return at_ != nullptr; }
  void reset() {
    if (at_ != nullptr) ::munmap(at_, bytes_);
    at_ = nullptr;
    bytes_ = 0;
  }

 private:
  void* at_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace geneve
