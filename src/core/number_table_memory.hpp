// SPDX-License-Identifier: MIT
//
// Memory for the large parts of a number table. Blocks of a size that matters come straight from
// the kernel and go back there: what a reload frees is not kept by the allocator for later.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace shaken302 {

/// Zeroed bytes. Throws std::bad_alloc.
class ZeroedMemory {
 public:
  ZeroedMemory() noexcept = default;
  explicit ZeroedMemory(std::size_t bytes) : bytes_(bytes) {
    // Small ones stay where a sanitizer sees what is written behind their end.
    if (bytes < mapped_min) {
      small_ = std::make_unique<std::byte[]>(bytes);
      data_ = small_.get();
      return;
    }
    void* const mapped =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(mapped);
  }
  ZeroedMemory(ZeroedMemory&& other) noexcept { swap(other); }
  ZeroedMemory& operator=(ZeroedMemory&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ZeroedMemory() {
    if (data_ != nullptr && small_ == nullptr) ::munmap(data_, bytes_);
  }

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
  /// Look-ups at random places are faster when fewer pages are to be found.
  void prefer_huge_pages() const noexcept {
    if (small_ == nullptr && bytes_ >= huge_min) ::madvise(data_, bytes_, MADV_HUGEPAGE);
  }
  /// Gives whole pages back; they read as zero afterwards. Precondition: mapped, both are multiples
  /// of a page.
  void release(std::size_t offset, std::size_t bytes) const noexcept {
    ::madvise(data_ + offset, bytes, MADV_DONTNEED);
  }

  static constexpr std::size_t mapped_min = std::size_t{128} << 10U;

 private:
  static constexpr std::size_t huge_min = std::size_t{4} << 20U;
  void swap(ZeroedMemory& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(small_, other.small_);
  }

  std::unique_ptr<std::byte[]> small_;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Numbers of up to 50 bits one behind the other, without gaps.
class BitArray {
 public:
  BitArray() noexcept = default;
  explicit BitArray(std::uint64_t bits) : memory_(static_cast<std::size_t>(bits / 8) + 1 + 8) {
    memory_.prefer_huge_pages();
  }

  [[nodiscard]] static constexpr std::uint64_t mask(unsigned bits) noexcept {
    return (std::uint64_t{1} << bits) - 1;
  }
  [[nodiscard]] std::uint64_t read(std::uint64_t position, std::uint64_t mask) const noexcept {
    return (word(position / 8) >> (position % 8)) & mask;
  }
  /// Precondition: nothing was written there, and `value` has no more bits than were reserved.
  void write(std::uint64_t position, std::uint64_t value) noexcept {
    const std::uint64_t whole = word(position / 8) | value << (position % 8);
    std::memcpy(memory_.data() + position / 8, &whole, sizeof whole);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.size(); }

 private:
  [[nodiscard]] std::uint64_t word(std::uint64_t byte) const noexcept {
    std::uint64_t read = 0;
    std::memcpy(&read, memory_.data() + byte, sizeof read);
    return read;
  }
  ZeroedMemory memory_;
};

}  // namespace shaken302
