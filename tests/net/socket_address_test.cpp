// SPDX-License-Identifier: MIT
#include "net/socket_address.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include "loopback.hpp"

namespace shaken302::net {
namespace {

IpAddress address_of(const char* text) {
  in_addr four{};
  in6_addr six{};
  if (::inet_pton(AF_INET, text, &four) == 1) return to_ip_address(four);
  REQUIRE(::inet_pton(AF_INET6, text, &six) == 1);
  return to_ip_address(six);
}

TEST_CASE("socket_address: an endpoint survives the way to the kernel's form and back") {
  struct Row {
    const char* why;
    const char* address;
    Family family;
  };
  for (const Row& row :
       {Row{"IPv4", "192.0.2.7", Family::ipv4}, Row{"the IPv4 wildcard", "0.0.0.0", Family::ipv4},
        Row{"IPv6", "2001:db8::7", Family::ipv6}, Row{"the IPv6 wildcard", "::", Family::ipv6}}) {
    CAPTURE(row.why);
    const sip::Endpoint endpoint{address_of(row.address), 5061};
    const SocketAddress kernel = to_socket_address(endpoint, row.family);
    CHECK(kernel.storage.ss_family == (row.family == Family::ipv4 ? AF_INET : AF_INET6));
    CHECK(to_endpoint(kernel.storage) == endpoint);
  }
}

TEST_CASE("socket_address: an address of another family has port 0, which nobody answers") {
  sockaddr_storage storage{};
  storage.ss_family = AF_UNIX;
  CHECK(to_endpoint(storage).port == 0);
}

TEST_CASE("socket_address: only a link-local address carries its interface") {
  sockaddr_in6 address{};
  SocketAddress kernel = to_socket_address({address_of("fe80::1"), 5060}, Family::ipv6, 7);
  std::memcpy(&address, &kernel.storage, sizeof address);
  CHECK(address.sin6_scope_id == 7);
  kernel = to_socket_address({address_of("2001:db8::1"), 5060}, Family::ipv6, 7);
  std::memcpy(&address, &kernel.storage, sizeof address);
  CHECK(address.sin6_scope_id == 0);
}

TEST_CASE("socket_address: nothing of the address before is left") {
  SocketAddress kernel;
  kernel.assign({address_of("fe80::1"), 5060}, Family::ipv6, 7);
  CHECK(kernel.ipv6.sin6_scope_id == 7);
  kernel.assign({address_of("2001:db8::1"), 5061}, Family::ipv6, 7);
  CHECK(kernel.ipv6.sin6_scope_id == 0);
  CHECK(to_endpoint(kernel.storage) == sip::Endpoint{address_of("2001:db8::1"), 5061});
  kernel.assign({address_of("192.0.2.1"), 5062}, Family::ipv4);
  CHECK(kernel.size == sizeof(sockaddr_in));
  CHECK(to_endpoint(kernel.storage) == sip::Endpoint{address_of("192.0.2.1"), 5062});
  for (const unsigned char byte : kernel.ipv4.sin_zero) CHECK(byte == 0);
}

TEST_CASE("socket_address: what may be the source of a reply") {
  struct Row {
    const char* address;
    bool usable;
    const char* why;
  };
  for (const Row& row : {Row{"192.0.2.1", true, "unicast"}, Row{"127.0.0.2", true, "loopback"},
                         Row{"0.0.0.0", false, "unspecified"}, Row{"224.0.0.1", false, "multicast"},
                         Row{"239.255.255.255", false, "the last of multicast"},
                         Row{"255.255.255.255", false, "broadcast"},
                         Row{"2001:db8::1", true, "unicast"}, Row{"::1", true, "loopback"},
                         Row{"::", false, "unspecified"}, Row{"ff02::1", false, "multicast"}}) {
    CAPTURE(row.address);
    CAPTURE(row.why);
    CHECK(is_usable_source(address_of(row.address)) == row.usable);
  }
}

TEST_CASE("socket_address: link-local is fe80::/10") {
  CHECK(is_link_local(address_of("fe80::1")));
  CHECK(is_link_local(address_of("febf::1")));
  CHECK_FALSE(is_link_local(address_of("fec0::1")));
  CHECK_FALSE(is_link_local(address_of("2001:db8::1")));
}

}  // namespace
}  // namespace shaken302::net
