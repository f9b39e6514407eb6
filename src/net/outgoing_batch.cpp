// SPDX-License-Identifier: MIT
#include "outgoing_batch.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace shaken302::net {
namespace {

template <class Info>
void attach(msghdr& message, std::span<char> control, int level, int type,
            const Info& info) noexcept {
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

}  // namespace

OutgoingBatch::OutgoingBatch(const UdpSocket& socket) : socket_(socket), bytes_(buffer_bytes) {}

bool OutgoingBatch::add(const OutgoingDatagram& datagram) noexcept {
  const std::size_t size = datagram.bytes.size();
  if (count_ == datagrams_max || size > bytes_.size() - bytes_used_) return false;
  char* const copy = bytes_.data() + bytes_used_;
  if (size > 0) std::memcpy(copy, datagram.bytes.data(), size);
  bytes_used_ += size;

  Slot& slot = slots_[count_];
  slot.to.assign(datagram.destination, socket_.family(), datagram.interface);
  slot.payload = {copy, size};
  msghdr& message = messages_[count_].msg_hdr;
  message = {};
  message.msg_name = &slot.to.storage;
  message.msg_namelen = slot.to.size;
  message.msg_iov = &slot.payload;
  message.msg_iovlen = 1;
  attach_source(message, slot.control, datagram);
  ++count_;
  return true;
}

void OutgoingBatch::attach_source(msghdr& message, std::span<char> control,
                                  const OutgoingDatagram& datagram) noexcept {
  if (!socket_.needs_source() || !is_usable_source(datagram.from)) return;
  if (socket_.family() == Family::ipv4) {
    in_pktinfo info{};  // no interface: the route decides it, as for any packet
    info.ipi_spec_dst = to_in_addr(datagram.from);
    attach(message, control, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    info.ipi6_addr = to_in6_addr(datagram.from);
    info.ipi6_ifindex = is_link_local(datagram.from) ? datagram.interface : 0;
    attach(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

// The kernel stops at the first datagram that it does not take and says why at the next call. An
// earlier ICMP "port unreachable", reported late and meant for somebody else, is such a reason
// once: the socket has forgotten it when it is asked again.
std::size_t OutgoingBatch::send() noexcept {
  std::size_t failed = 0;
  bool is_second_try = false;
  for (std::size_t done = 0; done < count_;) {
    const int sent = ::sendmmsg(socket_.number(), messages_.data() + done,
                                static_cast<unsigned>(count_ - done), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
      is_second_try = false;
    } else if (errno == ECONNREFUSED && !std::exchange(is_second_try, true)) {
      continue;
    } else {
      ++done;
      ++failed;
      is_second_try = false;
    }
  }
  count_ = bytes_used_ = 0;
  return failed;
}

}  // namespace shaken302::net
