// SPDX-License-Identifier: MIT
//
// Memory for the large parts of a number table. Blocks of a size that matters come straight from
// the kernel and go back there: what a reload frees is not kept by the allocator for later.
#pragma once

#include <sys/mman.h>

#include <bit>
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

/// Lines of the processor's cache, in each of which numbers of some bits lie without gaps. No
/// number crosses the end of a line, and reading one touches no other line.
class PackedLines {
 public:
  static constexpr unsigned line_bytes = 64;
  static constexpr unsigned line_bits = line_bytes * 8;

  PackedLines() noexcept = default;
  explicit PackedLines(std::uint64_t lines)
      : memory_(static_cast<std::size_t>(lines) * line_bytes) {
    memory_.prefer_huge_pages();
  }

  /// Precondition: `bits` < 64.
  [[nodiscard]] static constexpr std::uint64_t mask(unsigned bits) noexcept {
    return (std::uint64_t{1} << bits) - 1;
  }
  [[nodiscard]] std::byte* at(std::uint64_t line) const noexcept {
    return memory_.data() + line * line_bytes;
  }
  /// Precondition: 1 <= `bits` <= 57, and the number ends inside the line, behind its first 64
  /// bits.
  [[nodiscard]] static std::uint64_t read(const std::byte* line, unsigned position,
                                          unsigned bits) noexcept {
    const unsigned byte = word_of(position, bits);
    return (word(line + byte) >> (position - byte * 8)) & mask(bits);
  }
  /// As read; nothing was written there, and `value` has no more than these bits.
  static void write(std::byte* line, unsigned position, unsigned bits,
                    std::uint64_t value) noexcept {
    const unsigned byte = word_of(position, bits);
    const std::uint64_t whole = word(line + byte) | value << (position - byte * 8);
    std::memcpy(line + byte, &whole, sizeof whole);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.size(); }

 private:
  static_assert(std::endian::native == std::endian::little);
  /// The eight bytes that end with the number's last one: they are always inside the line.
  [[nodiscard]] static constexpr unsigned word_of(unsigned position, unsigned bits) noexcept {
    return (position + bits + 7) / 8 - static_cast<unsigned>(sizeof(std::uint64_t));
  }
  [[nodiscard]] static std::uint64_t word(const std::byte* bytes) noexcept {
    std::uint64_t read = 0;
    std::memcpy(&read, bytes, sizeof read);
    return read;
  }
  ZeroedMemory memory_;
};

}  // namespace shaken302
