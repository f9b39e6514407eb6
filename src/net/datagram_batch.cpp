// SPDX-License-Identifier: MIT
#include "datagram_batch.hpp"

#include <netinet/in.h>

#include <cstring>
#include <ctime>

namespace shaken302::net {
namespace {

template <class Info>
Info read_info(const cmsghdr& header) noexcept {
  Info info{};
  std::memcpy(&info, CMSG_DATA(&header), sizeof info);
  return info;
}

// Both sides of a datagram's life here are told by the same clock, so that their difference is how
// long it waited, unless that clock was set in between.
std::int64_t to_nanoseconds(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// ipi_addr is the destination as written, perhaps a broadcast or multicast address; ipi_spec_dst is
// the address of ours that the kernel would answer from. They are equal for unicast. A datagram
// that was queued before anybody asked for this, on an inherited socket, has the former alone; a
// reply from a broadcast address is refused by the kernel.
void read_control_messages(const msghdr& message, Datagram& datagram) noexcept {
  auto* walk = const_cast<msghdr*>(&message);  // CMSG_NXTHDR only reads, but says otherwise
  for (cmsghdr* header = CMSG_FIRSTHDR(walk); header != nullptr;
       header = CMSG_NXTHDR(walk, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      const auto info = read_info<in_pktinfo>(*header);
      const bool is_early = info.ipi_spec_dst.s_addr == INADDR_ANY;
      datagram.local = to_ip_address(is_early ? info.ipi_addr : info.ipi_spec_dst);
      datagram.is_unicast = is_early || info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr;
      datagram.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      const auto info = read_info<in6_pktinfo>(*header);
      datagram.local = to_ip_address(info.ipi6_addr);
      datagram.interface = info.ipi6_ifindex;
      datagram.is_unicast = !IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
    } else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
      datagram.queued_ns = to_nanoseconds(read_info<timespec>(*header));
    }
  }
}

}  // namespace

DatagramBatch::DatagramBatch(std::size_t datagram_bytes_max)
    : datagram_bytes_max_(datagram_bytes_max), bytes_(datagrams_max * datagram_bytes_max) {
  for (std::size_t i = 0; i < datagrams_max; ++i) {
    slots_[i].payload = {bytes_.data() + i * datagram_bytes_max_, datagram_bytes_max_};
    messages_[i].msg_hdr.msg_iov = &slots_[i].payload;
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

// The kernel writes lengths and flags back: every receive starts afresh.
void DatagramBatch::prepare() noexcept {
  for (std::size_t i = 0; i < datagrams_max; ++i) {
    msghdr& message = messages_[i].msg_hdr;
    message.msg_name = &slots_[i].source;
    message.msg_namelen = sizeof slots_[i].source;
    message.msg_control = slots_[i].control.data();
    message.msg_controllen = slots_[i].control.size();
    message.msg_flags = 0;
  }
}

std::size_t DatagramBatch::receive(const UdpSocket& socket, Wait wait) noexcept {
  prepare();
  const int flags = wait == Wait::no ? MSG_DONTWAIT : MSG_WAITFORONE;
  const int count = ::recvmmsg(socket.number(), messages_.data(), datagrams_max, flags, nullptr);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

Datagram DatagramBatch::at(std::size_t index) const noexcept {
  const mmsghdr& message = messages_[index];
  Datagram datagram;
  datagram.bytes = {bytes_.data() + index * datagram_bytes_max_, message.msg_len};
  datagram.source = to_endpoint(slots_[index].source);
  datagram.is_truncated = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0;
  read_control_messages(message.msg_hdr, datagram);
  return datagram;
}

}  // namespace shaken302::net
